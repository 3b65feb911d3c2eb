"""Forms of complaints: the public's questions, the officers' verbs."""
