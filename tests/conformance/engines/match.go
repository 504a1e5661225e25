// match PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
)

func main() {
	var texts [][]byte
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		text, err := hex.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		texts = append(texts, text)
	}
	for _, pattern := range os.Args[1:] {
		whole := regexp.MustCompile(`\A(?:` + pattern + `)\z`)
		answers := make([]byte, len(texts))
		for place, text := range texts {
			answers[place] = '0'
			if whole.Match(text) {
				answers[place] = '1'
			}
		}
		fmt.Println(string(answers))
	}
}
