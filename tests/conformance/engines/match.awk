# gawk -f match.awk -- PATTERN... <TEXTS: one line of 0 and 1 for each pattern. Here NUL ends a text, so no text holds one.
BEGIN {
    RS = "\0"
    while ((getline text < "/dev/stdin") > 0) texts[count++] = text
    for (number = 1; number < ARGC; number++) {
        whole = "^(" ARGV[number] ")$"
        for (place = 0; place < count; place++) printf "%d", texts[place] ~ whole
        printf "\n"
    }
}
