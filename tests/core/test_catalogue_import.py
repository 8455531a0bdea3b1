"""Importing a whole catalogue from a file."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.concurrency import at_once
from tests.statements import captured_statements, listing

from joanie.common.money import Money
from joanie.common.transactions import short_transaction
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
)
from joanie.core.models import Course, CourseRun, Organization, Product
from joanie.core.services.catalogue_import import (
    CatalogueFileRefused,
    FileFormat,
    Imported,
    import_catalogue,
)
from joanie.core.services.catalogue_import.columns import all_columns

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "catalogue-file.md"


def sample(language: str) -> str:
    block = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block
    return block[1]


def load(content: str | bytes | dict[str, Any], **options: Any) -> list[Imported]:
    """Import CSV, or JSON when it is given as such."""
    is_json = isinstance(content, dict)
    text = json.dumps(content) if is_json else content
    data = text.encode() if isinstance(text, str) else text
    file_format = FileFormat.JSON if is_json else FileFormat.CSV
    return import_catalogue(content=data, file_format=file_format, **options)


def outcomes(imported: list[Imported]) -> dict[str, int]:
    return dict(Counter(each.outcome for each in imported))


def announced() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="joanie.core.tell_catalogue").order_by("id")
    return [job.args["course_run_id"] for job in jobs]


@pytest.fixture
def _catalogue(settings: Settings) -> None:
    hooks = [{"url": "https://catalogue.example.org/hook", "secret": "theirs"}]
    settings.JOANIE = {**settings.JOANIE, "CATALOGUE_HOOKS": hooks}


def test_the_sample_of_the_documentation_is_a_catalogue() -> None:
    assert outcomes(load(sample("csv"))) == {"created": 10}
    north, south = Organization.objects.all()
    maths, physics = Course.objects.all()
    assert (physics.title, physics.title_fr) == ("Physics", "Physique")
    assert [*maths.organizations.all()] == [north, south]
    spring = CourseRun.objects.get(resource_link__endswith="physics-1")
    assert spring.start == datetime(2027, 3, 1, tzinfo=UTC)
    assert spring.end == datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)
    diploma = Product.objects.get(title="Diploma in science")
    assert diploma.price == Money(60000, "JPY")
    assert [*diploma.target_courses.order_by("code")] == [maths, physics]
    first, second = diploma.target_course_relations.all()
    assert (first.course, [*first.course_runs.all()]) == (physics, [spring])
    assert (second.course, [*second.course_runs.all()]) == (maths, [])
    certificate = Product.objects.get(title_fr="Certificat de physique")
    assert (certificate.price, certificate.vat_rate) == (Money("120.50", "EUR"), 20)
    assert [*certificate.organizations.all()] == [north]
    assert [*certificate.courses.all()] == [physics]


def test_both_samples_of_the_documentation_speak_of_the_same_things() -> None:
    load(sample("csv"))
    imported = load(json.loads(sample("json")))
    assert outcomes(imported) == {"changed": 2, "unchanged": 2}
    assert {each.columns for each in imported if each.columns} == {("country",), ("end",)}


def test_the_sample_of_the_command_is_what_it_says(tmp_path: Path) -> None:
    out = StringIO()
    (tmp_path / "catalogue.csv").write_text(sample("csv"))
    call_command("import_catalogue", str(tmp_path / "catalogue.csv"), dry_run=True, stdout=out)
    assert out.getvalue() in PAGE.read_text()


def test_every_column_is_documented() -> None:
    described = PAGE.read_text().partition("## Columns")[2]
    columns = [name for name in all_columns() if not name.endswith("_fr")]
    assert [name for name in columns if f"`{name}`" not in described] == []


@pytest.mark.usefixtures("_catalogue")
def test_the_same_file_again_changes_nothing() -> None:
    load(sample("csv"))
    before = [[*model.objects.values()] for model in (Organization, Course, CourseRun, Product)]
    count = len(announced())
    assert outcomes(load(sample("csv"))) == {"unchanged": 10}
    assert before == [
        [*model.objects.values()] for model in (Organization, Course, CourseRun, Product)
    ]
    assert len(announced()) == count == 3


@pytest.mark.usefixtures("_catalogue")
def test_a_dry_run_writes_nothing() -> None:
    assert outcomes(load(sample("csv"), is_dry_run=True)) == {"created": 10}
    assert not Organization.objects.exists()
    assert not announced()


@pytest.mark.usefixtures("_catalogue")
def test_only_the_runs_that_changed_are_announced() -> None:
    load(sample("csv"))
    ProcrastinateJob.objects.all().delete()
    load(sample("csv").replace(";Autumn;", ";Fall;").replace("120,50", "99,00"))
    assert announced() == [str(CourseRun.objects.get(title="Fall").pk)]


@pytest.mark.usefixtures("_catalogue")
def test_runs_that_another_product_leads_to_are_announced() -> None:
    run = CourseRunFactory()
    product = {"id": "a", "title": "A", "price": 1, "price_currency": "EUR"}
    load({"products": [{**product, "target_courses": [run.course.code]}]})
    load({"products": [{"id": "a", "target_courses": []}]})
    assert announced() == [str(run.pk)] * 2


def test_what_is_not_in_the_file_stays() -> None:
    course = CourseFactory(code="physics", title="Old", title_fr="Ancien")
    load("kind,code,title\ncourse,physics,New")
    now = Course.objects.get()
    assert (now.title, now.title_fr) == ("New", "Ancien")
    assert [*now.organizations.all()] == [*course.organizations.all()]


def test_an_empty_cell_empties() -> None:
    CourseFactory(code="physics", title="Physics", title_fr="Physique")
    imported = load("kind,code,title_fr,organizations\ncourse,physics,,")
    assert imported[0].columns == ("organizations", "title_fr")
    now = Course.objects.get()
    assert (now.title_fr, now.organizations.count()) == (None, 0)


def test_null_empties_a_date() -> None:
    run = CourseRunFactory()
    load({"course_runs": [{"resource_link": run.resource_link, "end": None}]})
    assert CourseRun.objects.get().end is None


def test_a_product_is_found_by_its_uuid() -> None:
    product = ProductFactory()
    imported = load(f"kind,id,price,price_currency\nproduct,{product.pk},99.90,EUR")
    assert imported[0].columns == ("price",)
    assert Product.objects.get().price == Money("99.90", "EUR")


def test_an_order_keeps_its_price() -> None:
    order = OrderFactory()
    load(f"kind,id,price,price_currency\nproduct,{order.product_id},1,JPY")
    assert type(order).objects.get().total == Money("120.00", "EUR")


def test_target_courses_that_stay_keep_their_runs_and_grades() -> None:
    kept, gone, new = CourseRunFactory.create_batch(3)
    product = ProductFactory(target_courses=[gone.course, kept.course])
    relation = product.target_course_relations.get(course=kept.course)
    relation.course_runs.set([kept])
    type(relation).objects.update(is_graded=False)
    codes = f"{new.course.code} {kept.course.code}"
    load(f"kind,id,target_courses\nproduct,{product.pk},{codes}")
    first, second = product.target_course_relations.all()
    assert (first.course, first.position, first.is_graded) == (new.course, 0, True)
    assert (second.pk, second.position, second.is_graded) == (relation.pk, 1, False)
    assert [*second.course_runs.all()] == [kept]


def test_grades_and_runs_can_be_set_alone() -> None:
    run, other = CourseRunFactory.create_batch(2)
    product = ProductFactory(target_courses=[run.course, other.course])
    row = {
        "id": str(product.pk),
        "ungraded_courses": [other.course.code],
        "target_course_runs": [run.resource_link],
    }
    assert load({"products": [row]})[0].columns == ("target_courses",)
    assert outcomes(load({"products": [row]})) == {"unchanged": 1}
    first, second = product.target_course_relations.all()
    assert (first.is_graded, second.is_graded) == (True, False)
    assert [[*each.course_runs.all()] for each in (first, second)] == [[run], []]


def test_what_the_statements_cost_does_not_grow_with_the_rows() -> None:
    load(_big_catalogue(2))
    with captured_statements() as few:
        load(_big_catalogue(4))
    with captured_statements() as many:
        load(_big_catalogue(80).replace(";title ", ";other title "))
    assert len(many) <= len(few) + 4, listing(many)


def _big_catalogue(size: int) -> str:
    lines = [
        "kind;code;id;resource_link;title;course;organizations;target_courses;price;price_currency"
    ]
    for number in range(size):
        link = f"https://lms.example.org/{number}"
        lines += [
            f"organization;o{number};;;title {number};;;;;",
            f"course;c{number};;;title {number};;o{number};;;",
            f"course_run;;;{link};title {number};c{number};;;;",
            f"product;;p{number};;title {number};;o{number};c{number};{number};EUR",
        ]
    return "\n".join(lines)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_it_once(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 30}
    results = at_once(lambda: load(sample("csv")), lambda: load(sample("csv")))
    assert sorted(map(outcomes, results), key=str) == [{"created": 10}, {"unchanged": 10}]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_else_holds_leaves_everything_as_it_is(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    CourseFactory(code="physics", title="Physics")
    with transaction.atomic():
        Course.objects.select_for_update().get()
        (error,) = at_once(lambda: load("kind,code,title\norganization,o,O\ncourse,physics,X"))
    assert error.code == "busy"
    assert not Organization.objects.filter(code="o").exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_changes_a_row_between_its_comparison_and_its_writing(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    CourseFactory(code="physics", title="Physics")

    def rename() -> None:
        with short_transaction():
            Course.objects.update(title="The physics of today")

    renamed: list[Any] = []
    file = "kind,code,title\ncourse,physics,The physics of yesterday"
    load(file, progress=lambda _done, _total: renamed.extend(at_once(rename)))
    assert {error.code for error in renamed} == {"busy"}


def test_progress_is_told_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    load(sample("csv"), progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1] == (20, 20)
    load(sample("csv"), is_dry_run=True, progress=lambda *step: steps.append(step))
    assert steps[-1] == (10, 10)


def call(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("import_catalogue", str(path), stdout=out, **options)
    return out.getvalue()


def test_the_command_says_what_it_changed(tmp_path: Path) -> None:
    OrganizationFactory(code="old", title="Old")
    path = tmp_path / "catalogue.CSV"
    path.write_text("kind,code,title\norganization,new,New\norganization,old,Older")
    assert call(path, verbosity=2).splitlines() == [
        "created organization new",
        "changed organization old (title)",
        "organization: 1 created, 1 changed, 0 unchanged",
        "course: 0 created, 0 changed, 0 unchanged",
        "course_run: 0 created, 0 changed, 0 unchanged",
        "product: 0 created, 0 changed, 0 unchanged",
        "Done.",
    ]


def test_the_command_takes_json_by_another_name(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.txt"
    path.write_text(sample("json"))
    assert "product: 1 created" in call(path, file_format="json")
    with pytest.raises(CommandError, match="--format csv or --format json"):
        call(path)


def test_the_command_says_all_that_is_wrong(tmp_path: Path) -> None:
    path, errors = tmp_path / "catalogue.csv", StringIO()
    path.write_text("kind,code,title\ncourse,c,\ncours,d,D")
    with pytest.raises(CommandError, match=r"nothing was changed\. Problems: 2\.") as error:
        call(path, stderr=errors)
    assert error.value.returncode == 1
    assert errors.getvalue().splitlines() == [
        "line 2, title: This must not be empty.",
        "line 3, kind: “cours” is no kind. Write organization, course, course_run, product.",
    ]


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_the_command_says_that_there_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call(tmp_path / name, file_format="csv")


def test_the_help_names_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_catalogue", "--help")
    shown = capsys.readouterr().out
    assert [name for name in all_columns() if not re.search(rf"[ *] {name}\s", shown)] == []


def test_a_refusal_is_an_error_of_ours() -> None:
    with pytest.raises(CatalogueFileRefused) as error:
        load("")
    assert error.value.code == "catalogue_file_refused"
