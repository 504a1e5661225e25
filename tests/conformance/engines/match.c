// match PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text. Linked with -lpcre2-8.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int value(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

int main(int count, char **arguments) {
    static char lines[1 << 27], text[1 << 16];
    size_t size = fread(lines, 1, sizeof lines - 1, stdin);
    if (size == sizeof lines - 1) return EXIT_FAILURE;
    for (int number = 1; number < count; number++) {
        int error;
        PCRE2_SIZE where;
        pcre2_code *whole = pcre2_compile((PCRE2_SPTR)arguments[number], PCRE2_ZERO_TERMINATED,
            PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, &error, &where, NULL);
        if (whole == NULL) return EXIT_FAILURE;
        pcre2_match_data *found = pcre2_match_data_create_from_pattern(whole, NULL);
        for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            size_t length = 0;
            for (char *pair = line; pair < end; pair += 2) text[length++] = value(pair[0]) << 4 | value(pair[1]);
            int answer = pcre2_match(whole, (PCRE2_SPTR)text, length, 0, 0, found, NULL);
            if (answer < PCRE2_ERROR_NOMATCH) return EXIT_FAILURE;  // a limit was reached
            putchar(answer > 0 ? '1' : '0');
        }
        putchar('\n');
    }
}
