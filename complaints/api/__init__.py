"""Ways in for programs: partner systems by token, the SMS gateway by signature."""
