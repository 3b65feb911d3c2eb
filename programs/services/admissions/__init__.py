"""The verbs of admission: places by area, applications, ranked lists, offers."""
