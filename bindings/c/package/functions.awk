# Reads mcp_engine.h, and writes its functions for the manual page: a group for each thing that they work on, each with the first sentence of its
# explanation.

/^\/\*\*/ { told = ""; inside = 1; next }
inside && /\*\// { inside = 0; next }
inside {
    sub(/^ \* ?/, "")
    if ($0 == "") over = 1
    if (!over) told = told (told == "" ? "" : " ") $0
    next
}
{ over = 0 }
/^[a-z].*mcpe_[a-z_]+\(/ && !/^(static|typedef)/ {
    match($0, /mcpe_[a-z_]+\(/)
    name = substr($0, RSTART, RLENGTH - 1)
    split(name, parts, "_")
    group = parts[2]
    if (!(group in entries)) order[++groups] = group
    entries[group] = entries[group] ".TP\n.BR " name " ()\n" plain(told) "\n"
}
END {
    for (n = 1; n <= groups; n++) printf ".SS mcpe_%s_\n%s", order[n], entries[order[n]]
}

# The first sentence, in the language of the page.
function plain(text) {
    if (match(text, /[.:;] /)) text = substr(text, 1, RSTART - 1) "."
    gsub(/`/, "", text)
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text
}
