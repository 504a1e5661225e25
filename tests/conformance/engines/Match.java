// java Match.java PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static java.nio.charset.StandardCharsets.UTF_8;

class Match {
    public static void main(String[] patterns) {
        List<String> texts = new BufferedReader(new InputStreamReader(System.in, UTF_8)).lines()
            .map(line -> new String(HexFormat.of().parseHex(line), UTF_8)).toList();
        for (String pattern : patterns) {
            Pattern whole = Pattern.compile(pattern);
            System.out.println(texts.stream()
                .map(text -> whole.matcher(text).matches() ? "1" : "0").collect(Collectors.joining()));
        }
    }
}
