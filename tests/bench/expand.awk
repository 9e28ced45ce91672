# Repeats lines and parts of lines of eni-bench.pml over the sizes; called with -v I=2 -v S=2 -v E=3 ...
# "%ek%text" is the text for every e < E and k < K; {{p:&&:text}} joins the text for every p < P by "&&".
BEGIN {
    size["i"] = I; size["s"] = S; size["e"] = size["f"] = E; size["k"] = K; size["p"] = size["q"] = P
    value["I"] = I; value["S"] = S; value["E"] = E; value["K"] = K; value["L"] = L; value["P"] = P
}
# `text` for every value of each of `letters`, joined
function repeat(letters, joint, text,    letter, n, once, out) {
    if (letters == "")
        return text
    letter = substr(letters, 1, 1)
    for (n = 0; n < size[letter]; n++) {
        once = text
        gsub("[$]" letter, n, once)
        out = out (n > 0 ? joint : "") repeat(substr(letters, 2), joint, once)
    }
    return out
}
function parts(text,    start, end, part, joint, letters) {
    while ((start = index(text, "{{")) > 0) {
        end = index(text, "}}")
        part = substr(text, start + 2, end - start - 2)
        letters = substr(part, 1, index(part, ":") - 1)
        part = substr(part, index(part, ":") + 1)
        joint = substr(part, 1, index(part, ":") - 1)
        part = substr(part, index(part, ":") + 1)
        text = substr(text, 1, start - 1) repeat(letters, " " joint " ", part) substr(text, end + 2)
    }
    return text
}
/^ [*]|^\/[*]|^--/ { # a comment
    print
    next
}
{
    for (name in value)
        gsub("@" name "@", value[name])
}
/^%/ {
    split($0, piece, "%")
    rest = substr($0, length(piece[2]) + 3)
    print parts(repeat(piece[2], "\n", rest))
    next
}
{ print parts($0) }
