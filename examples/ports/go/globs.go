package ckptscheme

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
)

// Globs follow from the syntax tree of a pattern's regular expressions, in which each field is a named group.

const mostGlobs = 1000

// openGlobs holds the globs for open fields (CKS-056); an optional part of a name is "*" as a whole.
var openGlobs = map[string]string{
	"tag": "*", "architecture": "*", "phase": "*", "metric": "*",
	"epoch": "[0-9][0-9]*", "step": "[0-9][0-9][0-9][0-9][0-9][0-9]*", "value": "*[0-9].[0-9][0-9][0-9][0-9]",
	"timestamp": "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9]",
}

func parse(regex string) *syntax.Regexp {
	tree, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		panic(err) // a regular expression that this package made
	}
	return tree
}

// Glob returns one portable glob for all names that agree, and some others (CKS-050). It fails if the root holds a
// character about which engines disagree.
func (p *Pattern) Glob() (string, error) {
	root, err := rootGlob(p.root)
	var globs []string
	for _, forms := range p.components {
		var units [][]string
		for _, form := range forms {
			units = append(units, unit.FindAllString(openGlob(parse(form)), -1))
		}
		globs = append(globs, commonGlob(units))
	}
	return root + strings.Join(globs, "/checkpoints/"), err
}

// rootGlob returns the start of a glob for paths (CKS-052, CKS-059).
func rootGlob(root Hole[string]) (string, error) {
	if !root.isGiven {
		return "", &Error{"root", "", "a given root: no glob says any depth, use Regex"}
	}
	if root.value == nil {
		return "", nil
	}
	for _, char := range *root.value {
		if unicode.IsControl(char) || strings.ContainsRune(`\{}()`, char) {
			return "", &Error{"root", *root.value, `a root without \ { } ( ) and control characters`}
		}
	}
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(*root.value) + "/", nil
}

var (
	unit  = regexp.MustCompile(`\[0-9\]|.`)
	stars = regexp.MustCompile(`[*]+`)
)

func openGlob(tree *syntax.Regexp) string {
	switch tree.Op {
	case syntax.OpLiteral:
		return string(tree.Rune)
	case syntax.OpCapture:
		if given := tree.Sub[0]; given.Op == syntax.OpLiteral {
			return string(given.Rune)
		}
		return openGlobs[strings.TrimPrefix(tree.Name, "best_")]
	case syntax.OpQuest:
		return "*"
	}
	glob := ""
	for _, part := range tree.Sub {
		glob += openGlob(part)
	}
	return glob
}

// commonGlob returns the common start of some globs, "*" and their common end (CKS-057, CKS-058).
func commonGlob(globs [][]string) string {
	start := commonLength(globs, false)
	rests := make([][]string, len(globs))
	for index, units := range globs {
		rests[index] = units[start:]
	}
	end, middle := commonLength(rests, true), ""
	for _, rest := range rests {
		if len(rest) > end {
			middle = "*"
		}
	}
	first := globs[0]
	glob := strings.Join(first[:start], "") + middle + strings.Join(first[len(first)-end:], "")
	return stars.ReplaceAllString(glob, "*")
}

// commonLength returns the number of units that all lists have in common at their start, or at their end.
func commonLength(lists [][]string, isAtEnd bool) int {
	first := lists[0]
	for length := range first {
		for _, list := range lists {
			one, other := length, length
			if isAtEnd {
				one, other = len(first)-1-length, len(list)-1-length
			}
			if length >= len(list) || first[one] != list[other] {
				return length
			}
		}
	}
	return len(first)
}

// Globs returns globs of a fixed width for exactly the names that agree and have no open field wider than a width of
// at least 1 (CKS-053). It refuses a set of more than 1,000 globs: use Regex.
func (p *Pattern) Globs(width int) ([]string, error) {
	root, err := rootGlob(p.root)
	if err != nil {
		return nil, err
	}
	if width < 1 {
		return nil, &Error{"width", strconv.Itoa(width), "an integer of at least 1"}
	}
	names := p.components[0]
	for _, forms := range p.components[1:] {
		var longer []string
		for _, start := range names {
			for _, end := range forms {
				longer = append(longer, start+"/checkpoints/"+end)
			}
		}
		names = longer
	}
	var globs []string
	for _, name := range names {
		found := expansion{width: width}
		for _, units := range found.expand(parse(name)) {
			globs = append(globs, root+strings.Join(units, ""))
		}
		if found.isTooLarge {
			return nil, &Error{"width", strconv.Itoa(width), "a width that needs at most 1,000 globs: use Regex"}
		}
	}
	return globs, nil
}

// An expansion turns an expression into globs of a fixed width, each a list of units.
type expansion struct {
	width      int // the greatest width of an open field
	isTooLarge bool
}

func (e *expansion) expand(tree *syntax.Regexp) [][]string {
	var globs [][]string
	switch tree.Op {
	case syntax.OpLiteral:
		return [][]string{strings.Split(string(tree.Rune), "")}
	case syntax.OpCharClass:
		return [][]string{{set(tree.Rune)}}
	case syntax.OpCapture:
		isAnyWidth := tree.Name == "timestamp" || tree.Sub[0].Op == syntax.OpLiteral // a given text
		for _, units := range e.expand(tree.Sub[0]) {
			if len(units) <= e.width || isAnyWidth {
				globs = append(globs, units)
			}
		}
	case syntax.OpAlternate:
		for _, alternative := range tree.Sub {
			globs = append(globs, e.expand(alternative)...)
		}
	case syntax.OpConcat:
		globs = [][]string{nil}
		for _, part := range tree.Sub {
			globs = e.cross(globs, e.expand(part))
		}
	case syntax.OpQuest:
		return e.repeat(e.expand(tree.Sub[0]), 0, 1)
	case syntax.OpRepeat:
		return e.repeat(e.expand(tree.Sub[0]), tree.Min, tree.Max)
	default:
		panic("the rules hold no " + tree.Op.String())
	}
	return globs
}

// cross returns each glob of the first list followed by each glob of the second.
func (e *expansion) cross(starts, ends [][]string) [][]string {
	if len(starts)*len(ends) > mostGlobs {
		e.isTooLarge = true
		return nil
	}
	var globs [][]string
	for _, start := range starts {
		for _, end := range ends {
			globs = append(globs, append(start[:len(start):len(start)], end...))
		}
	}
	return globs
}

func (e *expansion) repeat(once [][]string, fewest, most int) [][]string {
	var globs [][]string
	times := [][]string{nil}
	for count := 0; count <= most; count++ {
		if count > 0 {
			times = e.cross(times, once)
		}
		if count >= fewest {
			globs = append(globs, times...)
		}
	}
	return globs
}

// set spells a class with its letters one by one, since ranges of letters depend on the locale, and its hyphen last.
func set(ranges []rune) string {
	members, hyphen := "", ""
	for index := 0; index < len(ranges); index += 2 {
		low, high := ranges[index], ranges[index+1]
		if unicode.IsDigit(low) && high-low > 1 {
			members += string(low) + "-" + string(high)
			continue
		}
		for char := low; char <= high; char++ {
			if char == '-' {
				hyphen = "-"
			} else {
				members += string(char)
			}
		}
	}
	return "[" + members + hyphen + "]"
}
