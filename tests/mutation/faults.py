"""Faults in a line of C++ as clang-format lays it out: what each rule of a short list makes of it."""
import re

# An expression in parentheses with up to two more levels of them within.
INNER = r"(?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*"
CONDITION = re.compile(r"\b(if|while) \((?!const |auto |[^()]*;)(" + INNER + r")\)")
DECLARED = r"(?!(?:const|auto|static|constexpr)\b|[\w:<>,]+[&*]* \w+(?:;|\{| = |\())"
STATEMENT = re.compile(r"(?!(?:return|throw|using|case|default|break|void|explicit)\b)" + DECLARED +
                       r"[\w(*+].*;$")
SWAPS = [("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", "!="), ("!=", "=="), ("&&", "||"),
         ("||", "&&"), ("+", "-"), ("-", "+"), ("+=", "-="), ("-=", "+="), ("<<", ">>"), (">>", "<<"),
         ("&", "|"), ("|", "&")]
WORDS = [("true", "false"), ("false", "true"), ("std::min", "std::max"), ("std::max", "std::min"),
         ("break;", ";"), ("continue;", "break;"), ("begin()", "end()"),
         ("lower_bound", "upper_bound"), ("upper_bound", "lower_bound"), ("any_of", "all_of"),
         ("all_of", "any_of"), ("front()", "back()"), ("back()", "front()")]
SKIPPED = re.compile(r'^(//|#|"|\*|case |using |namespace |template |static_assert)|diagnostics::|planted\("')
STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')


def replaced(line, match, by):
    return line[:match.start()] + by + line[match.end():]


def faults(line, before):
    """All faulty forms of a line; before is the last line of code above it."""
    indent, text = re.match(r"(\s*)(.*)", line.rstrip("\n")).groups()
    if not text or SKIPPED.search(text):
        return []
    code, _, comment = text.partition("  //")
    plain = STRING.sub(lambda m: "\0" * len(m[0]), code)  # the same places, without texts
    found = []
    for m in CONDITION.finditer(plain):
        found.append(replaced(code, m, f"{m[1]} (!({code[m.start(2):m.end(2)]}))"))
    for old, new in SWAPS:
        for m in re.finditer(r"(?<=[\w)\]}] )" + re.escape(old) + r"(?= (?!\0|std::to_string)|$)", plain):
            found.append(replaced(code, m, new))
    for old, new in WORDS:
        for m in re.finditer(r"(?<!\w)" + re.escape(old) + r"(?!\w)", plain):
            found.append(replaced(code, m, new))
    for m in re.finditer(r" [+-] 1\b", plain):
        found.append(replaced(code, m, ""))
    for m in re.finditer(r"(?<=[(,{ ])(\d+)(?=[),};: ]|$)", plain):
        found.append(replaced(code, m, str(int(m[1]) + 1)))
        if int(m[1]) > 0:
            found.append(replaced(code, m, "0"))
    for m in re.finditer(r"(?<=[( ])!(?=[\w(])", plain):
        found.append(replaced(code, m, ""))
    for m in re.finditer(r"(\+\+|--)(?=\w)", plain):
        found.append(replaced(code, m, "--" if m[1] == "++" else "++"))
    complete = re.search(r"[;{}:)]$", before) is not None
    if complete and plain.count("(") == plain.count(")") and STATEMENT.match(plain):
        found.append(";")  # the statement is deleted, or the `if` with what it guards
        if before.endswith(") {"):
            found.append("return; " + code)
    one = re.match(r"return (?!\{\}|true|false|nullptr)(.*);$", plain)
    if complete and one:
        found.append("return {};")
    return [indent + f + ("  //" + comment if comment else "") for f in found if f != code]
