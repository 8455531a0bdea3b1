"""Who gets what answer, by method and route. A route or a method that has no row is a failure.

The columns of the API: nobody, the owner, another learner, staff who are logged into the admin (no
way into the API, whatever they may do there). Those of the admin: nobody, the owner and another
learner, who are logged in as on any page of the site; staff with every permission but the last one
of the row; staff with the row's permissions and no other. Of ``change|view`` either one is enough.
"""

API = """
                                              nobody owner other staff
GET    addresses/                                401   200   200   401
POST   addresses/                                401   201   201   401
GET    addresses/{id}/                           401   200   404   401
PUT    addresses/{id}/                           401   200   404   401
PATCH  addresses/{id}/                           401   200   404   401
DELETE addresses/{id}/                           401   204   404   401
GET    course-runs/                              200   200   200   200
GET    course-runs/{id}/                         200   200   200   200
GET    courses/                                  200   200   200   200
GET    courses/{code}/                           200   200   200   200
GET    credit-cards/                             401   200   200   401
POST   credit-cards/setup/                       401   200   200   401
GET    credit-cards/setup/return/                200   200   200   200
POST   credit-cards/setup/return/                200   200   200   200
GET    credit-cards/{id}/                        401   200   404   401
PUT    credit-cards/{id}/                        401   200   404   401
PATCH  credit-cards/{id}/                        401   200   404   401
DELETE credit-cards/{id}/                        401   204   404   401
GET    enrollments/                              401   200   200   401
POST   enrollments/                              401   200   400   401
GET    enrollments/{id}/                         401   200   404   401
PUT    enrollments/{id}/                         401   200   404   401
PATCH  enrollments/{id}/                         401   200   404   401
GET    orders/                                   401   200   200   401
POST   orders/                                   401   201   201   401
GET    orders/{id}/                              401   200   404   401
POST   orders/{id}/abort/                        401   204   404   401
POST   orders/{id}/payments/                     401   201   404   401
GET    orders/{id}/proforma_invoice/             401   200   404   401
GET    organizations/                            200   200   200   200
GET    organizations/{id}/                       200   200   200   200
GET    payment-methods/                          200   200   200   200
POST   payment-methods/{name}/client-token/      401   200   200   401
GET    products/                                 200   200   200   200
GET    products/{id}/                            200   200   200   200
POST   course-runs-sync/                         401   401   401   401
GET    payments/notifications/                   400   400   400   400
POST   payments/notifications/                   400   400   400   400
GET    payments/notifications/{alias}/           400   400   400   400
POST   payments/notifications/{alias}/           400   400   400   400
GET    payments/{attempt_id}/return/             200   200   200   200
POST   payments/{attempt_id}/return/             200   200   200   200
GET    schema/                                   200   200   200   200
GET    docs/                                     200   200   200   200
"""

# What services write is read here, and written by nobody.
READ_ONLY = """
                                      nobody learners without with  permissions
GET    {model}/                          302      302     403  200  view
GET    {model}/add/                      302      302     403  403  view
POST   {model}/add/                      302      302     403  403  view
GET    {model}/{object_id}/change/       302      302     403  200  view
POST   {model}/{object_id}/change/       302      302     403  403  view
GET    {model}/{object_id}/delete/       302      302     403  403  view
POST   {model}/{object_id}/delete/       302      302     403  403  view
GET    {model}/{object_id}/history/      302      302     403  200  view
"""
CATALOGUE = """
                                      nobody learners without with  permissions
GET    {model}/                          302      302     403  200  change|view
GET    {model}/add/                      302      302     403  200  add
POST   {model}/add/                      302      302     403  200  add
GET    {model}/{object_id}/change/       302      302     403  200  change|view
POST   {model}/{object_id}/change/       302      302     403  200  change
GET    {model}/{object_id}/delete/       302      302     403  200  view delete
POST   {model}/{object_id}/delete/       302      302     403  200  view delete
GET    {model}/{object_id}/history/      302      302     403  200  change|view
"""
BUTTONS = """
                                                       nobody learners without with  permissions
GET    joanie_core/courserun/search/                      302      302     403  200  change_courserun|view_courserun
GET    joanie_core/enrollment/{object_id}/resend/         302      302     403  200  view_enrollment resend_enrollment
POST   joanie_core/enrollment/{object_id}/resend/         302      302     403  302  view_enrollment resend_enrollment
GET    joanie_core/order/{object_id}/cancel/              302      302     403  200  view_order cancel_order
POST   joanie_core/order/{object_id}/cancel/              302      302     403  302  view_order cancel_order
GET    joanie_core/order/{object_id}/refund/              302      302     403  200  view_order refund_order
POST   joanie_core/order/{object_id}/refund/              302      302     403  302  view_order refund_order
GET    joanie_payment/difference/{object_id}/settle/      302      302     403  200  view_difference settle_difference
POST   joanie_payment/difference/{object_id}/settle/      302      302     403  302  view_difference settle_difference
GET    joanie_payment/mail/{object_id}/resend/            302      302     403  200  view_mail resend_mail
POST   joanie_payment/mail/{object_id}/resend/            302      302     403  302  view_mail resend_mail
GET    joanie_payment/payment/{object_id}/settle/         302      302     403  200  view_payment review_payment
POST   joanie_payment/payment/{object_id}/settle/         302      302     403  302  view_payment review_payment
GET    joanie_payment/paymentnotification/{object_id}/replay/  302  302    403  200  view_paymentnotification replay_paymentnotification
POST   joanie_payment/paymentnotification/{object_id}/replay/  302  302    403  302  view_paymentnotification replay_paymentnotification
GET    joanie_payment/proformainvoice/{object_id}/pdf/    302      302     403  200  view_proformainvoice
GET    joanie_payment/proformainvoice/{object_id}/render/ 302      302     403  200  view_proformainvoice
POST   joanie_payment/proformainvoice/{object_id}/render/ 302      302     403  302  view_proformainvoice
"""  # noqa: E501 - a table


def rows(table: str) -> list[tuple[str, str, list[int], list[str]]]:
    """Read a table: method, route, answers, permissions."""
    read = []
    for line in table.strip().splitlines()[1:]:
        method, route, *cells = line.split()
        answers = [int(cell) for cell in cells if cell.isdigit()]
        read.append((method, route, answers, cells[len(answers) :]))
    return read
