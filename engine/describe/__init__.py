"""Rule sets, results and statements in words, Chinese and English."""
