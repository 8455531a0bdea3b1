"""What is taught, by whom and when."""

from typing import Any

from joanie.api.examples import story
from joanie.api.examples.operation import Exchange, Operation

ORGANIZATION = {"id": story.ORGANIZATION_ID, "code": "UNIVERSITY", "title": "The University"}
COURSE_RUN_STATE = {
    "priority": 0,
    "datetime": "2026-09-30T22:00:00Z",
    "call_to_action": "enroll now",
    "text": "closing on",
}
DATES = {
    "start": "2026-09-07T08:00:00Z",
    "end": "2026-12-18T22:00:00Z",
    "enrollment_start": "2026-07-01T08:00:00Z",
    "enrollment_end": "2026-09-30T22:00:00Z",
}
COURSE_RUN: dict[str, Any] = {
    "id": story.COURSE_RUN_ID,
    "title": "Autumn",
    "resource_link": story.RESOURCE_LINK,
    **DATES,
    "state": COURSE_RUN_STATE,
}
TARGET_COURSE = {
    "code": story.COURSE_CODE,
    "title": "Introduction to mathematics",
    "organizations": [ORGANIZATION],
    "position": 0,
    "is_graded": True,
    "course_runs": [COURSE_RUN],
}
SYNCHRONIZED_RUN = {
    "resource_link": story.RESOURCE_LINK,
    "course": story.COURSE_CODE,
    "title": "Autumn",
    **DATES,
}

OPERATIONS: dict[str, Operation] = {
    "course_runs_sync": Operation(
        {
            "new": Exchange(SYNCHRONIZED_RUN, 201, request=SYNCHRONIZED_RUN),
            "new_dates": Exchange(
                [SYNCHRONIZED_RUN],
                request=[
                    {
                        "resource_link": story.RESOURCE_LINK,
                        "enrollment_end": DATES["enrollment_end"],
                    }
                ],
            ),
        },
        errors={400: {"resource_link": ["This field is required."]}, 401: "not_signed"},
    ),
}
