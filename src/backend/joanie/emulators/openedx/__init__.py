"""The enrolment API of an Open edX LMS, version 1, as its own source describes it.

https://github.com/openedx/openedx-platform/blob/master/openedx/core/djangoapps/enrollments/views.py
"""

from joanie.emulators.openedx.application import create_app

__all__ = ["create_app"]
