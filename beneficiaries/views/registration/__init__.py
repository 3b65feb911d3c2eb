"""Pages of registrations: the list, the task list, sections and people, check and submission, review, receipt."""
