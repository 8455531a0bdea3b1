"""The catalogue, addresses and enrolments in Django's admin. Orders are beside their payments."""

from joanie.core.admin import addresses, course_runs, courses, enrollments, organizations, products

__all__ = ["addresses", "course_runs", "courses", "enrollments", "organizations", "products"]
