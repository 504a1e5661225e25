// Package ckptscheme implements version 1.0 of the checkpoint naming scheme: levels core, selection, patterns and labels.
package ckptscheme

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Error is a refused input: a text that is not a name, or a value that no field can have.
type Error struct {
	Kind     string // of the name or field
	Input    string
	Expected string
}

func (e *Error) Error() string {
	return fmt.Sprintf("invalid %s %q: expected %s", e.Kind, e.Input, e.Expected)
}

// The exact rules of the grammar: they know the days of the calendar and exclude minus zero.
const (
	word     = `[0-9A-Za-z][0-9A-Z_a-z]{0,63}`
	nonzero4 = `(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)`
	day      = `(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)` +
		`|02(?:0[1-9]|1[0-9]|2[0-8]))`
	fourth = `(?:0[48]|[2468][048]|[13579][26])` // the multiples of 4 from 04 to 96
	date   = `(?:` + nonzero4 + day + `|(?:[0-9]{2}` + fourth + `|` + fourth + `00)0229)`
	stamp  = "20060102_150405" // the layout of a timestamp for package time
)

var rules = map[string]string{
	"tag":          word,
	"architecture": word,
	"encoder":      `[0-9A-Za-z](?:[0-9A-Z_a-z]|-){0,63}`, // engines disagree about a lone "-" in a class (CKS-118)
	"phase":        `[0-9A-Za-z](?:[0-9A-Za-z]|-){0,31}`,
	"timestamp":    date + `_(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]`,
	"compression":  `(?:gz|zst|xz)`,
	"epoch":        `(?:[0-9]{2}|[1-9][0-9]{2,17})`,
	"step":         `(?:[0-9]{6}|[1-9][0-9]{6,17})`,
	"metric":       word,
	"value":        `(?:-?[1-9][0-9]{0,10}\.[0-9]{4}|0\.[0-9]{4}|-0\.` + nonzero4 + `)`,
	"version":      `[1-9][0-9]{0,17}`,
}

func whole(rule string) *regexp.Regexp { return regexp.MustCompile(`\A(?:` + rule + `)\z`) }

var exact = func() map[string]*regexp.Regexp {
	compiled := map[string]*regexp.Regexp{}
	for field, rule := range rules {
		compiled[field] = whole(rule)
	}
	return compiled
}()

// spell returns a text that the field can hold.
func spell(field, text string) (string, error) {
	if exact[field].MatchString(text) {
		return text, nil
	}
	return "", &Error{field, text, "a text that matches " + rules[field]}
}

func spellCount(field string, number int64) (string, error) {
	width := map[string]int{"epoch": 2, "step": 6}[field]
	return spell(field, fmt.Sprintf("%0*d", width, number))
}

// spellValue rounds to four decimals. FormatFloat rounds the exact double, and of two equally near texts to the even
// one (CKS-023, CKS-028).
func spellValue(field string, number float64) (string, error) {
	text := strconv.FormatFloat(number, 'f', 4, 64)
	if text == "-0.0000" {
		text = "0.0000"
	}
	return spell(field, text)
}

// spellTime refuses a fraction of a second and a time zone (CKS-017, CKS-018).
func spellTime(field string, moment time.Time) (string, error) {
	if moment.Nanosecond() != 0 || moment.Location() != time.UTC {
		return "", &Error{field, moment.String(), "whole seconds in time.UTC"}
	}
	return spell(field, moment.Format(stamp))
}

var dataloader = regexp.MustCompile(`/dataloader_idx_([0-9]+)\z`)

// SanitizeLabel makes a label of a field ("tag", "architecture", "encoder", "phase" or "metric") from any text
// (CKS-070, CKS-072, CKS-073).
func SanitizeLabel(text, field string) (string, error) {
	others, ok := map[string]string{"tag": "_", "architecture": "_", "encoder": "_-", "phase": "-", "metric": "_"}[field]
	if !ok {
		return "", &Error{"label field", field, "tag, architecture, encoder, phase or metric"}
	}
	if exact[field].MatchString(text) {
		return text, nil
	}
	joiner, longest := "_", 64
	if field == "phase" {
		joiner, longest = "-", 32
	}
	label := regexp.MustCompile("[^0-9A-Za-z"+others+"]+").ReplaceAllString(text, joiner)
	label = strings.Trim(label, "_-")
	if label == "" {
		return "", &Error{field, text, "an ASCII letter or digit"}
	}
	if len(label) > longest {
		label = label[:longest]
	}
	return label, nil
}

// MetricNameFromLogged makes the name of a metric from the key of a logged value (CKS-071).
func MetricNameFromLogged(key string) (string, error) {
	key = dataloader.ReplaceAllString(key, "_dl$1")
	return SanitizeLabel(key[strings.LastIndex(key, "/")+1:], "metric")
}
