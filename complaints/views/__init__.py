"""Pages of complaints: the public's and the desk's."""
