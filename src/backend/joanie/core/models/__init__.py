from joanie.core.models.addresses import Address
from joanie.core.models.catalogue import Course, Organization
from joanie.core.models.course_runs import CourseRun
from joanie.core.models.enrollments import Enrollment
from joanie.core.models.idempotency import IdempotencyRecord
from joanie.core.models.orders import Order, OrderTargetCourseRelation
from joanie.core.models.products import Product, ProductTargetCourseRelation

__all__ = [
    "Address",
    "Course",
    "CourseRun",
    "Enrollment",
    "IdempotencyRecord",
    "Order",
    "OrderTargetCourseRelation",
    "Organization",
    "Product",
    "ProductTargetCourseRelation",
]
