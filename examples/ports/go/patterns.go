package ckptscheme

import (
	"regexp"
	"strings"
	"time"
)

// Hole is a field of a pattern: open (the zero value), given as absent, or given with a value.
type Hole[T any] struct {
	isGiven bool
	value   *T
}

// Is returns a field with a value.
func Is[T any](value T) Hole[T] { return maybe(&value) }

// Absent returns a field that a name must not have.
func Absent[T any]() Hole[T] { return maybe[T](nil) }

func maybe[T any](value *T) Hole[T] { return Hole[T]{true, value} }

// RunPattern describes run identifiers by some of their fields.
type RunPattern struct {
	Tag, Architecture, Encoder, Phase Hole[string]
	Timestamp                         Hole[time.Time]
}

// ArchivePattern describes run archives.
type ArchivePattern struct {
	Run         RunPattern
	Compression Hole[string]
}

// CheckpointPattern describes checkpoint names by some of their fields. An empty Form is open.
type CheckpointPattern struct {
	Form        Form
	Epoch, Step Hole[int64]
	Metric      Hole[string]
	Value       Hole[float64]
	Version     Hole[int64]
}

// PathPattern describes checkpoint paths. No glob stands for an open Root.
type PathPattern struct {
	Root       Hole[string]
	Run        RunPattern
	Checkpoint CheckpointPattern
}

// A piece is the regular expression for one field of a pattern: a group with the field's rule, or with its given text.
type piece struct {
	regex            string
	isOpen, isAbsent bool
}

func (p piece) isGiven() bool { return !p.isOpen && !p.isAbsent }

// pieceOf returns the piece of a field; it keeps the first error.
func pieceOf[T any](err *error, field string, hole Hole[T], spell func(string, T) (string, error)) piece {
	if !hole.isGiven {
		return piece{regex: inGroup(field, rules[field]), isOpen: true}
	}
	if hole.value == nil {
		return piece{isAbsent: true}
	}
	text, problem := spell(field, *hole.value)
	if *err == nil {
		*err = problem
	}
	return piece{regex: inGroup(field, regexp.QuoteMeta(text))}
}

func inGroup(name, rule string) string { return "(?P<" + name + ">" + rule + ")" }

// optional returns pieces that are absent together, with the text before them.
func optional(before string, between string, pieces ...piece) string {
	regex, isOpen := before, true
	for index, one := range pieces {
		if one.isAbsent {
			return ""
		}
		if index > 0 {
			regex += between
		}
		regex += one.regex
		isOpen = isOpen && one.isOpen
	}
	if isOpen {
		return "(?:" + regex + ")?"
	}
	return regex
}

var errNoName = &Error{"pattern", "", "fields that one name can have together"}

// Compile checks the fields, and that a name can have them together (CKS-121).
func (p RunPattern) Compile() (*Pattern, error) {
	regex, err := p.regex()
	return compile(err, Absent[string](), []string{regex})
}

func (p RunPattern) regex() (regex string, err error) {
	tag, architecture := pieceOf(&err, "tag", p.Tag, spell), pieceOf(&err, "architecture", p.Architecture, spell)
	encoder, phase := pieceOf(&err, "encoder", p.Encoder, spell), pieceOf(&err, "phase", p.Phase, spell)
	timestamp := pieceOf(&err, "timestamp", p.Timestamp, spellTime)
	if err == nil && (tag.isAbsent || architecture.isAbsent || phase.isAbsent || timestamp.isAbsent) {
		err = errNoName
	}
	model := architecture.regex + optional("-", "", encoder)
	return tag.regex + "-" + model + "_" + phase.regex + "_" + timestamp.regex, err
}

// Compile checks the fields, and that a name can have them together (CKS-121).
func (p ArchivePattern) Compile() (*Pattern, error) {
	regex, err := p.Run.regex()
	compression := pieceOf(&err, "compression", p.Compression, spell)
	return compile(err, Absent[string](), []string{regex + `\.tar` + optional(`\.`, "", compression)})
}

// Compile checks the fields, and that a name can have them together (CKS-121).
func (p CheckpointPattern) Compile() (*Pattern, error) {
	forms, err := p.regexes()
	return compile(err, Absent[string](), forms)
}

// regexes returns a regular expression for each form of the names that can agree.
func (p CheckpointPattern) regexes() (forms []string, err error) {
	epoch, step := pieceOf(&err, "epoch", p.Epoch, spellCount), pieceOf(&err, "step", p.Step, spellCount)
	metric, value := pieceOf(&err, "metric", p.Metric, spell), pieceOf(&err, "value", p.Value, spellValue)
	version := pieceOf(&err, "version", p.Version, spellCount)
	isNumbered := epoch.isGiven() || step.isGiven()
	isMeasured := metric.isGiven() || value.isGiven()
	if isMeasured && (metric.isAbsent || value.isAbsent) {
		return nil, errNoName
	}
	end := optional("_v", "", version) + `\.ckpt`
	is := func(form Form) bool { return p.Form == form || p.Form == "" }
	if is(Best) && !isNumbered {
		form := "best" + optional("-", "-", metric, value) + end
		forms = append(forms, strings.ReplaceAll(form, "(?P<", "(?P<best_")) // no two groups may have one name (CKS-122)
	}
	if is(Epoch) && !epoch.isAbsent && !step.isAbsent {
		forms = append(forms, "epoch-"+epoch.regex+"_step-"+step.regex+optional("_", "-", metric, value)+end)
	}
	if is(Last) && !isNumbered && !isMeasured && !version.isGiven() {
		forms = append(forms, `last\.ckpt`)
	}
	if err == nil && forms == nil {
		err = errNoName
	}
	return forms, err
}

// Compile checks the root, the fields, and that a name can have them together (CKS-121).
func (p PathPattern) Compile() (*Pattern, error) {
	run, err := p.Run.regex()
	if err != nil {
		return nil, err
	}
	forms, err := p.Checkpoint.regexes()
	if err == nil {
		err = checkRoot(p.Root.value)
	}
	return compile(err, p.Root, []string{run}, forms)
}

// checkRoot refuses a root that is empty or holds NUL (CKS-031).
func checkRoot(root *string) error {
	if root != nil && (*root == "" || strings.Contains(*root, "\x00")) {
		return &Error{"root", *root, "at least one character and no NUL"}
	}
	return nil
}

// Pattern is a pattern that has passed the checks of Compile.
type Pattern struct {
	root       Hole[string]
	components [][]string // of each component the regular expressions of its forms, with a group for each field
	exact      *regexp.Regexp
}

func compile(err error, root Hole[string], components ...[]string) (*Pattern, error) {
	if err != nil {
		return nil, err
	}
	pattern := &Pattern{root: root, components: components}
	pattern.exact = whole(pattern.Regex())
	return pattern, nil
}

var group = regexp.MustCompile(`\(\?P<[a-z_]+>`)

// Regex returns a regular expression, without anchors and groups, for exactly the names that agree (CKS-054).
func (p *Pattern) Regex() string { return group.ReplaceAllString(p.RegexWithGroups(), "(?:") }

// RegexWithGroups returns the regular expression with a named group for each field (CKS-119, CKS-122).
func (p *Pattern) RegexWithGroups() string {
	var components []string
	for _, forms := range p.components {
		components = append(components, "(?:"+strings.Join(forms, "|")+")")
	}
	regex := strings.Join(components, "/checkpoints/")
	if !p.root.isGiven {
		return "(?:" + inGroup("root", `[^\x00]+`) + "/)?" + regex
	}
	if p.root.value == nil {
		return regex
	}
	return inGroup("root", regexp.QuoteMeta(*p.root.value)) + "/" + regex
}

// Matches returns whether a text is a name that agrees (CKS-055).
func (p *Pattern) Matches(text string) bool { return p.exact.MatchString(text) }
