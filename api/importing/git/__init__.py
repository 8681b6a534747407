"""What a git history tells of its people: who made, reviewed, helped, and who was answerable for what."""
