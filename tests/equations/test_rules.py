"""Rules 1 to 4: what an equation's source may hold."""

from __future__ import annotations

import ast
import inspect
import types

import pytest

from ldnsim import forms

from .catalogue import DRUGS, MODULES, SMALL

ALLOWED_IMPORTS = {"typing", "forms"}
COMPONENTS = {module.__name__.rpartition(".")[2] for module in MODULES} - {"model"}
COMPOSED = {"ldnsim.model", "ldnsim.receptor_turnover", *(module.__name__ for module in (*SMALL, *DRUGS))}
STATEMENTS = (ast.Assign, ast.Return, ast.Expr)
EXPRESSIONS = (
    ast.BinOp, ast.UnaryOp, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.Call, ast.keyword, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Constant, ast.Tuple,
)  # fmt: skip


def faults(source: str, *, imports: set[str], literals: bool = True) -> list[str]:
    """What in a module's source breaks a rule."""
    found = []
    known = {"Delivery"}
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            if node.module not in imports:
                found.append(f"imports {node.module}")
            known |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found.append(f"imports {node.names[0].name}")
        elif isinstance(node, ast.ClassDef):
            if [ast.unparse(base) for base in node.bases] != ["NamedTuple"]:
                found.append(f"class {node.name} is no NamedTuple")
            known.add(node.name)
        elif isinstance(node, ast.FunctionDef):
            known.add(node.name)
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        for statement in function.body:
            if not isinstance(statement, STATEMENTS):
                found.append(f"{function.name}: {type(statement).__name__} is not allowed")
            elif isinstance(statement, ast.Expr) and statement is not function.body[0]:
                found.append(f"{function.name}: an expression without effect")
        for statement in function.body[1:]:
            found += [
                f"{function.name}: {fault}" for node in ast.walk(statement) if (fault := _fault(node, known, literals))
            ]
    return found


def _fault(node: ast.AST, known: set[str], literals: bool) -> str:
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in known):
        return f"calls {ast.unparse(node.func)}"
    if isinstance(node, ast.Constant) and literals:
        small = isinstance(node.value, int) and abs(node.value) < 10
        if not (small or node.value == 0.5 or isinstance(node.value, str)):
            return f"holds the number {node.value!r}, which needs a source"
    if isinstance(node, (ast.expr, ast.operator, ast.unaryop, ast.expr_context)) and not isinstance(node, EXPRESSIONS):
        return f"uses {type(node).__name__}"
    return ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_source_keeps_the_rules(module: types.ModuleType) -> None:
    allowed = ALLOWED_IMPORTS | (COMPONENTS if module.__name__ in COMPOSED else set())
    assert faults(inspect.getsource(module), imports=allowed) == []


def test_forms_keep_the_rules_except_for_literals() -> None:
    source = inspect.getsource(forms)
    assert faults(source, imports={"typing"}, literals=False) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("import numpy as np\n", "imports numpy"),
        ("from .units import factor\n", "imports units"),
        ("def f(x):\n    'doc'\n    return max(x, 0)\n", "calls max"),
        ("def f(x):\n    'doc'\n    return pk.f(x)\n", "calls pk.f"),
        ("def f(x):\n    'doc'\n    if x:\n        return x\n", "If is not allowed"),
        ("def f(x):\n    'doc'\n    return x if x else 1\n", "uses IfExp"),
        ("def f(x):\n    'doc'\n    return 0.093 * x\n", "holds the number 0.093"),
        ("def f(x):\n    'doc'\n    return [x]\n", "uses List"),
        ("def f(x):\n    'doc'\n    return x > 1\n", "uses Compare"),
        ("def f(x):\n    'doc'\n    return x % 2\n", "uses Mod"),
        ("class A:\n    x: int\n", "is no NamedTuple"),
    ],
)
def test_linter_catches_planted_faults(planted: str, fault: str) -> None:
    assert any(fault in found for found in faults(planted, imports=ALLOWED_IMPORTS))
