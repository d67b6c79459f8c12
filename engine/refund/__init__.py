"""What a refund undoes."""
