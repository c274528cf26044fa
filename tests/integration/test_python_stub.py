"""The type stub is the contract: every name in it exists, and takes what it says."""

import ast
import inspect
import pathlib

import framebroker as fb
import pytest

STUB = ast.parse(pathlib.Path(fb.__file__).with_name("__init__.pyi").read_text())
CLASSES = [node for node in STUB.body if isinstance(node, ast.ClassDef)]
FUNCTIONS = [("", node) for node in STUB.body if isinstance(node, ast.FunctionDef)] + [
    (owner.name, node) for owner in CLASSES for node in owner.body
    if isinstance(node, ast.FunctionDef) and node.name != "__buffer__"  # a name since Python 3.12 of what C has long had
    and not any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list)]
ATTRIBUTES = [(owner.name, node.target.id) for owner in CLASSES for node in owner.body if isinstance(node, ast.AnnAssign)]
SET_BY_INIT = {("Broker", "address"), ("Reader", "timeout"), ("Writer", "timeout")}
TUPLES = [(node.targets[0].id, ast.literal_eval(ast.unparse(ast.List([one.elts[0] for one in node.value.args[1].elts]))))
          for node in STUB.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]


def parameters(arguments):
    """(name, default as text) of each, without self."""
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + arguments.defaults
    pairs = [*zip(arguments.args, defaults), *zip(arguments.kwonlyargs, arguments.kw_defaults)]
    return [(name.arg, default and ast.literal_eval(default)) for name, default in pairs if name.arg != "self"]


@pytest.mark.parametrize("owner, node", FUNCTIONS, ids=lambda value: getattr(value, "name", value))
def test_functions_take_what_the_stub_says(owner, node):
    function = getattr(getattr(fb, owner) if owner else fb, node.name)
    if not parameters(node.args):
        return  # methods of the extension tell no signature
    given = [(one.name, None if one.default is one.empty else one.default)
             for one in inspect.signature(function).parameters.values()
             if one.name != "self" and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    assert given == parameters(node.args)


def test_attributes_exist():
    assert ATTRIBUTES
    for owner, name in ATTRIBUTES:
        assert hasattr(getattr(fb, owner), name) or (owner, name) in SET_BY_INIT, f"{owner}.{name}"


def test_named_tuples_have_their_fields():
    assert [name for name, _ in TUPLES] == ["StreamInfo", "Event", "Clip", "Processor"]
    for name, fields in TUPLES:
        assert list(getattr(fb, name)._fields) == fields


def test_errors_are_what_the_stub_says():
    assert issubclass(fb.Error, OSError)
    assert issubclass(fb.NotFound, (fb.Error)) and issubclass(fb.NotFound, LookupError)
    assert issubclass(fb.TooManyHeld, fb.Error)
    assert issubclass(fb.ConfigError, fb.Error) and issubclass(fb.ConfigError, ValueError)


def test_what_is_for_later_says_so():
    with pytest.raises(fb.Error, match="not in this version"):
        fb.processor()
