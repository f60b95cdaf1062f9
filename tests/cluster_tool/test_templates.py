"""Templates: what is replaced, what is left alone, and that every service can write its configuration."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.catalogue import services
from cluster.layout import PACKAGE
from cluster.templates import fill, render


def test_names_are_replaced_and_dollars_are_not():
    assert fill("port=@{port} ${sys:dir} a@@b", {"port": 7}) == "port=7 ${sys:dir} a@b"


def test_a_name_without_a_value_is_an_error():
    with pytest.raises(KeyError, match="port"):
        fill("port=@{port}", {})


@given(st.text(st.characters(exclude_characters="@")))
def test_a_text_without_the_mark_is_itself(text):
    assert fill(text, {}) == text


def test_the_target_holds_the_rendered_files_only(tmp_path):
    (tmp_path / "of an older version").touch()
    render("redis", tmp_path, {"port": 1, "data": "here"})
    assert [path.name for path in tmp_path.iterdir()] == ["redis.conf"]


@pytest.mark.parametrize("name", services(Path("nowhere")))
def test_every_service_writes_its_configuration(tmp_path, name):
    service = services(tmp_path)[name]
    service.home.create()
    service.configure()
    files = list(service.home.conf.iterdir())
    assert files
    assert not any(re.search(r"@\{", file.read_text()) for file in files)
    assert any(str(service.home.data) in file.read_text() for file in files)
    assert any(str(service.port) in file.read_text() for file in files)


def test_no_template_names_a_machine():
    for path in (PACKAGE / "conf").rglob("*.*"):
        assert not re.search(r"/(home|root|work|tmp)/|0\.0\.0\.0", path.read_text()), path
