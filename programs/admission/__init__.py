"""The life of an enrolment: places by area, applications, the ranked list, offers, and the ground of each step."""
