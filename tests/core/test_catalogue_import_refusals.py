"""What a catalogue file may get wrong, and what is said about it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from joanie.common.money import Money
from joanie.core.factories import CourseFactory, CourseRunFactory, ProductFactory
from joanie.core.models import Course, CourseRun, Organization, Product
from joanie.core.services.catalogue_import import (
    CatalogueFileRefused,
    FileFormat,
    import_catalogue,
)
from joanie.core.services.catalogue_import.csv_file import read_csv
from joanie.core.services.catalogue_import.json_file import read_json

pytestmark = pytest.mark.django_db

LINK = "https://lms.example.org/courses/1"
RUN = {"resource_link": LINK, "course": "physics", "title": "Spring"}
PRODUCT = {"id": "diploma", "title": "Diploma", "price": "1", "price_currency": "EUR"}


def load_csv(content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    import_catalogue(content=data, file_format=FileFormat.CSV)


def load_json(content: Any) -> None:
    data = content if isinstance(content, (str, bytes)) else json.dumps(content)
    data = data.encode() if isinstance(data, str) else data
    import_catalogue(content=data, file_format=FileFormat.JSON)


def problems_of_csv(content: str | bytes) -> list[str]:
    with pytest.raises(CatalogueFileRefused) as error:
        load_csv(content)
    return [*map(str, error.value.problems)]


def problems_of_json(content: Any) -> list[str]:
    with pytest.raises(CatalogueFileRefused) as error:
        load_json(content)
    return [*map(str, error.value.problems)]


def problem_of(kind: str, row: dict[str, Any]) -> str:
    (problem,) = problems_of_json({kind: [row]})
    return problem


@pytest.fixture
def _physics(db: None) -> None:
    CourseFactory(code="physics")


@pytest.mark.parametrize(
    "content",
    [
        "kind,code,title\norganization,o,Université",
        "kind;code;title\norganization;o;Université",
        "kind\tcode\ttitle\norganization\to\tUniversité",
        "\ufeffkind;code;title\r\norganization;o;Université\r\n",
        'kind,code,title\n"organization","o"," Université "\n\n,,\n',
        "Kind , CODE,title,\n Organization,o,Université,",
        "title,code,kind,city\nUniversité,o,ORGANIZATION",
    ],
)
def test_whatever_a_spreadsheet_writes_is_read(content: str) -> None:
    load_csv(content)
    assert (Organization.objects.get().code, Organization.objects.get().title) == (
        "o",
        "Université",
    )


def test_a_cell_may_have_several_lines_where_a_text_is_long() -> None:
    load_csv('kind,code,title,legal_mentions\norganization,o,O,"One\r\nTwo"\n')
    assert Organization.objects.get().legal_mentions == "One\nTwo"


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = 'kind,code,title,legal_mentions\n\norganization,o,O,"One\nTwo"\n\ncourse,c,,\n'
    assert problems_of_csv(content) == ["line 6, title: This must not be empty."]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: The file is empty."),
        (b"\n\n", "line 1: The file is empty."),
        ("kind,code,title\ncourse,c,Café".encode("latin-1"), "line 2: This is not UTF-8."),
        ("kind,code".encode("utf-16"), "line 1: This is not UTF-8."),
        (b"code,title\nc,C", "line 1, kind: The first line names the columns"),
        (b"kind,code,titel\ncourse,c,C", "titel: There is no such column. Did you mean “title”?"),
        (b"kind,code,code\ncourse,c,C", "code: This column is there more than once."),
        (b'kind,code,title\ncourse,c,"C', "line 2: This cannot be read: unexpected end of data"),
        (b'kind,code,title\ncourse,c,"C" "D"', "line 2: This cannot be read"),
        (b"kind,code,title\ncourse,c,C,D", "line 2: This row has more cells than"),
        (b"kind,code,title\n,c,C", "line 2, kind: “” is no kind. Write organization, course"),
        (b"kind,code,title,price\ncourse,c,C,1", "line 2, price: A row of the kind “course” has"),
        (b"kind,code,title\ncourse,c,\x00", "line 2, title: This has characters that cannot"),
        (b'kind,code,title\ncourse,c,"C\nD"', "line 2, title: This has characters that cannot"),
        (b"kind,code,title\ncourse,,C", "line 2, code: This must not be empty."),
        (b"kind,title\ncourse,C", "line 2, code: This must not be empty."),
        (b"kind,code,title\ncourse,a b,C", "line 2, code: Use letters, digits"),
        (b"kind,code\ncourse,c", "line 2, title: It is new, and cannot be without this."),
        (b"kind,code,title\ncourse,c,C\ncourse,c,D", "line 3, code: “c” is in the file already"),
    ],
)
def test_what_is_wrong_with_a_spreadsheet_is_said(content: bytes, problem: str) -> None:
    (said,) = problems_of_csv(content)
    assert problem in said
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "line 1, column 1: This is not JSON"),
        ('{"courses": [}', "line 1, column 14: This is not JSON"),
        ("[]", "line 1: This is not an object with organizations, courses"),
        ('{"course": []}', "course: Not known. Did you mean “courses”?"),
        ('{"courses": {}}', "courses: This is not a list."),
        ('{"courses": [5]}', "courses, no. 1: This is not an object."),
        ('{"courses": [{"code": "c", "titel": "C"}]}', "Not known here. Did you mean “title”?"),
        ('{"courses": [{"code": "c", "title": {}}]}', "title: This is neither a text"),
        ('{"courses": [{"code": "c", "title": 5}]}', "courses, no. 1, title: Write a text."),
        ('{"courses": [{"code": "c", "code": "d"}]}', "“code” is there more than once"),
        ('{"products": [{"price": NaN}]}', "NaN is no number"),
        ('{"courses": [{"code": "\\ud800"}]}', "This cannot be read"),
        ("[" * 100_000, "too much inside one another"),
        (b'{"courses": "\xe9"}', "line 1: This is not UTF-8."),
    ],
)
def test_what_is_wrong_with_a_program_is_said(content: Any, problem: str) -> None:
    assert any(problem in said for said in problems_of_json(content))
    assert not Course.objects.exists()


@pytest.mark.usefixtures("_physics")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"course": "maths"}, "course: There is no course “maths”, neither in this file nor"),
        ({"course": None}, "course: This must not be empty."),
        ({"resource_link": "/courses/1"}, "resource_link: This is not an http or https"),
        ({"resource_link": LINK.ljust(201, "1")}, "resource_link: Ensure this value has at most"),
        ({"start": "31/01/2027"}, "start: Write 2027-01-31, 2027-01-31 18:00 or"),
        ({"start": "2027-02-29"}, "start: Write 2027-01-31"),
        ({"start": "9999-12-31"}, "start: Give a year between 1900 and 9998"),
        ({"start": "2027-02-01", "end": "2027-01-31"}, "end: The end is before the start."),
        ({"is_listed": "perhaps"}, "is_listed: Write “yes” or “no”."),
        ({"title": "x" * 256}, "title: Ensure this value has at most 255 characters"),
    ],
)
def test_what_is_wrong_with_a_run_is_said(values: dict[str, Any], problem: str) -> None:
    assert problem in problem_of("course_runs", {**RUN, **values})


@pytest.mark.usefixtures("_physics")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"id": ""}, "id: Give the product a name that no other has"),
        ({"price": "12.345"}, "price: 12.345 is too fine: EUR has 2 decimals."),
        ({"price": "12,000"}, "price: 12.000 is too fine: EUR has 2 decimals."),
        ({"price": "100.00", "price_currency": "JPY"}, "100.00 is too fine: JPY has no decimals"),
        ({"price": "1,234.50"}, "price: Write an amount such as 1234.50 or 1234,50"),
        ({"price": "12 €"}, "price: Write an amount"),
        ({"price": "1e3"}, "price: Write an amount"),
        ({"price": True}, "price: Write an amount"),
        ({"price": ""}, "price: Write an amount"),
        ({"price": "-1"}, "price: A price is 0 or more."),
        ({"price": "9" * 13}, "is not an amount"),
        ({"price_currency": "EURO"}, "price_currency: “EURO” is not an ISO 4217 currency"),
        ({"price_currency": "XXX"}, "price_currency: “XXX” is not an ISO 4217 currency"),
        ({"vat_rate": "20 %"}, "vat_rate: “20 %” value must be a decimal number."),
        ({"vat_rate": "100.01"}, "vat_rate: Ensure this value is less than or equal to 100."),
        ({"vat_rate": "NaN"}, "vat_rate:"),
        ({"max_orders": "-1"}, "max_orders: Ensure this value is greater than or equal to 0."),
        ({"max_orders": "many"}, "max_orders: “many” value must be an integer."),
        ({"max_orders": "99999999999"}, "max_orders: Ensure this value is less than"),
        ({"type": "gift"}, "type: Value 'gift' is not a valid choice."),
        ({"courses": "physics maths"}, "courses: There is no course “maths”"),
        ({"organizations": "o"}, "organizations: There is no organization “o”"),
        ({"target_courses": "maths"}, "target_courses: There is no course “maths”"),
        ({"target_course_runs": LINK}, "target_course_runs: There is no course run “https://"),
        ({"ungraded_courses": "physics"}, "“physics” is none of the product's target courses."),
    ],
)
def test_what_is_wrong_with_a_product_is_said(values: dict[str, Any], problem: str) -> None:
    assert problem in problem_of("products", {**PRODUCT, **values})
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("given", "missing"), [("price", "price_currency"), ("price_currency", "price")]
)
def test_a_price_and_its_currency_belong_together(given: str, missing: str) -> None:
    row = {name: value for name, value in PRODUCT.items() if name != missing}
    assert "“price” and “price_currency” belong together" in problem_of("products", row)


def test_a_run_of_another_course_is_no_target() -> None:
    run, other = CourseRunFactory.create_batch(2)
    row = {
        **PRODUCT,
        "target_courses": [run.course.code],
        "target_course_runs": [other.resource_link],
    }
    assert "is no run of the product's target courses." in problem_of("products", row)


@pytest.mark.usefixtures("_physics")
def test_a_run_does_not_go_to_another_course() -> None:
    run = CourseRunFactory()
    row = {"resource_link": run.resource_link, "course": "physics"}
    assert "stays there" in problem_of("course_runs", row)
    assert CourseRun.objects.get().course_id == run.course_id


def test_dates_are_compared_with_those_that_are_kept() -> None:
    run = CourseRunFactory()
    row = {"resource_link": run.resource_link, "end": "2001-01-01"}
    assert "end: The end is before the start." in problem_of("course_runs", row)


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    rows = "".join(f"course,c{number},,\n" for number in range(12))
    found = problems_of_csv(f"kind,code,title,price\n{rows}course,d,D,1\nproduct,,P,\ncat,,,\n")
    places = [each.split(",")[0].split(":")[0] for each in found]
    assert list(dict.fromkeys(places)) == [f"line {number}" for number in range(2, 17)]


def test_a_wrong_title_does_not_hide_a_wrong_price() -> None:
    row = {"id": "p", "title": "", "price": "12.345", "price_currency": "EUR"}
    problems = problems_of_json({"products": [row]})
    assert len(problems) == 2
    assert "title" in problems[0]
    assert "12.345 is too fine: EUR has 2 decimals." in problems[1]


def test_what_refers_to_a_row_that_is_wrong_is_not_wrong_for_that() -> None:
    rows = "course_run,,https://lms.example.org/1,Run,c\ncourse,c,,,"
    assert problems_of_csv(f"kind,code,resource_link,title,course\n{rows}") == [
        "line 3, title: This must not be empty."
    ]


def test_one_error_leaves_everything_as_it_is() -> None:
    problems_of_csv("kind,code,title\norganization,o,O\ncourse,c,C\ncourse,d,")
    assert not Organization.objects.exists()
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("written", "money"),
    [
        ("12,50", Money("12.50", "EUR")),
        ("1 234.5", Money("1234.50", "EUR")),
        ("1\u202f234,50", Money("1234.50", "EUR")),
        (12, Money(12, "EUR")),
        (12.5, Money("12.50", "EUR")),
        ("0", Money(0, "EUR")),
    ],
)
def test_amounts_as_people_write_them(written: Any, money: Money) -> None:
    load_json({"products": [{**PRODUCT, "price": written}]})
    assert Product.objects.get().price == money


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-01-31", datetime(2027, 1, 30, 23, tzinfo=UTC)),
        ("2027-01-31 18:00", datetime(2027, 1, 31, 17, tzinfo=UTC)),
        ("2027-07-31 18:00", datetime(2027, 7, 31, 16, tzinfo=UTC)),
        ("2027-01-31T18:00:00Z", datetime(2027, 1, 31, 18, tzinfo=UTC)),
        ("2027-01-31T18:00:00-05:00", datetime(2027, 1, 31, 23, tzinfo=UTC)),
    ],
)
@pytest.mark.usefixtures("_physics")
def test_moments_with_and_without_a_zone(
    settings: Settings, written: str, moment: datetime
) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    load_json({"course_runs": [{**RUN, "start": written}]})
    assert CourseRun.objects.get().start == moment


@pytest.mark.usefixtures("_physics")
@pytest.mark.parametrize(
    ("written", "is_listed"),
    [("yes", True), ("VRAI", True), (True, True), (1, True), ("no", False), ("", False)],
)
def test_yes_and_no_as_people_write_them(written: Any, is_listed: bool) -> None:
    load_json({"course_runs": [{**RUN, "is_listed": written}]})
    assert CourseRun.objects.get().is_listed is is_listed


@pytest.mark.parametrize(("written", "seats"), [("30", 30), (30, 30), (0, 0), ("", None)])
def test_seats_as_people_write_them(written: Any, seats: int | None) -> None:
    product = ProductFactory(max_orders=5)
    load_json({"products": [{"id": str(product.pk), "max_orders": written}]})
    assert Product.objects.get().max_orders == seats


def test_an_empty_type_is_the_usual_one() -> None:
    product = ProductFactory(type="certificate")
    load_json({"products": [{"id": str(product.pk), "type": None, "vat_rate": "5,5"}]})
    now = Product.objects.get()
    assert (now.type, str(now.vat_rate)) == ("credential", "5.50")


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(content: bytes) -> None:
    for read in (read_csv, read_json):
        for data in (content, b"kind,code,title\ncourse," + content):
            try:
                read(data)
            except CatalogueFileRefused as error:
                assert error.problems  # noqa: PT017
