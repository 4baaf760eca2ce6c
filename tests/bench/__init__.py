"""What the program costs: `python -m tests.bench` prints it as JSON."""
