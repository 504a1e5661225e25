// match PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text.
#include <iostream>
#include <regex>
#include <string>
#include <vector>

int main(int count, char **arguments) {
    std::vector<std::string> texts;
    for (std::string line; std::getline(std::cin, line);) {
        std::string text;
        for (std::size_t place = 0; place < line.size(); place += 2)
            text += static_cast<char>(std::stoi(line.substr(place, 2), nullptr, 16));
        texts.push_back(text);
    }
    for (int number = 1; number < count; ++number) {
        const std::regex whole(arguments[number], std::regex::ECMAScript | std::regex::optimize);
        for (const auto &text : texts) std::cout << std::regex_match(text, whole);
        std::cout << '\n';
    }
}
