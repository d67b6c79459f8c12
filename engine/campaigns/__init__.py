"""Campaign templates: questions, answers, and the rule set they make."""
