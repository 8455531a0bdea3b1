"""A project fresh from ``startproject``, with README's lines and a database. Nothing else."""

import ast
from collections.abc import Callable

from tests.docs.pages import read_blocks, read_commands
from tests.hosts.shops import HOW_TO, LINES, Host, buy, read_lines_of_readme
from tests.projects import connect
from tests.provider import Provider
from tests.system.learner import Learner, text_of

# What Django says of every fresh project, and that documents have no place of their own.
TO_DECIDE = {f"security.W{number:03}" for number in (4, 8, 9, 12, 16, 18, 20)} | {"joanie.W024"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def test_joanie_is_plugged_in_by_six_lines_at_most() -> None:
    blocks = read_lines_of_readme()
    assert len(blocks) == 2
    assert sum(len(ast.parse(block.code).body) for block in blocks) <= 6


def test_the_how_to_and_the_readme_say_the_same() -> None:
    blocks = {block.title: block.code for block in read_blocks(HOW_TO)}
    readme = {block.title: block.code for block in read_blocks("../README.md")}
    assert [blocks[title] for title in LINES] == [readme[title] for title in LINES]


def test_a_fresh_project_sells_a_course_and_joanie_goes_without_a_trace(
    make_host: Callable[..., Host], make_learner: Callable[..., Learner], provider: Provider
) -> None:
    host = make_host()
    host.manage("check", "--fail-level", "WARNING")
    host.open()
    assert host.find_missing_migrations() == "No changes detected"
    assert host.check_for_deployment() == TO_DECIDE
    learner = make_learner(host)
    bought = buy(learner, provider)
    said = text_of(learner.document(bought))
    for expected in ("Botany for beginners", "First Last-Ōsaka", "€120.00", "The Garden School"):
        assert expected in said
    host.stack.close()
    assert find_tables_after_taking_joanie_out(host) == set()


def find_tables_after_taking_joanie_out(host: Host) -> set[str]:
    """Do what the how-to says, and give the tables that are left, of Joanie or its queue."""
    blocks = read_blocks(HOW_TO)
    for command in (command for block in blocks for command in read_commands(block)):
        if command[-1] == "zero":
            host.run(command)
    (script,) = (block.code for block in blocks if block.language == "sql")
    with connect(host.database) as database:
        database.execute(script)
        tables = {row[0] for row in database.execute(TABLES)}
    return {table for table in tables if table.startswith(("joanie", "procrastinate"))}
