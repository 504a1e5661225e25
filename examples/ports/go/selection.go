package ckptscheme

import "strings"

// Compare returns a negative number if one comes before other, 0 if they are equal, and else a positive number (CKS-041).
func (r RunID) Compare(other RunID) int {
	if !r.Timestamp.Equal(other.Timestamp) {
		return before(r.Timestamp.Before(other.Timestamp))
	}
	one, _ := r.Format()
	two, _ := other.Format()
	return strings.Compare(one, two)
}

// Compare is the order of checkpoint names (CKS-040).
func (n CheckpointName) Compare(other CheckpointName) int {
	var none Metric
	one, two := n.Metric, other.Metric
	if one == nil {
		one = &none // an empty name comes before every other
	}
	if two == nil {
		two = &none
	}
	return first(
		compare(n.Form, other.Form), // "best" before "epoch" before "last"
		compareOptional(n.Epoch, other.Epoch), compareOptional(n.Step, other.Step),
		compare(one.Name, two.Name), compare(one.Value, two.Value), compareOptional(n.Version, other.Version),
	)
}

// Compare is the order of checkpoint paths: by run, by name, by root (CKS-046).
func (p CheckpointPath) Compare(other CheckpointPath) int {
	return first(p.Run.Compare(other.Run), p.Name.Compare(other.Name), compareOptional(p.Root, other.Root))
}

func before(isBefore bool) int {
	if isBefore {
		return -1
	}
	return 1
}

// compare orders texts by their bytes in UTF-8, which is the order of their code points (CKS-045).
func compare[T int | int64 | float64 | string | Form](one, other T) int {
	if one == other {
		return 0
	}
	return before(one < other)
}

// compareOptional puts an absent value first (CKS-044).
func compareOptional[T int64 | string](one, other *T) int {
	if one == nil || other == nil {
		return compare(presence(one), presence(other))
	}
	return compare(*one, *other)
}

func presence[T any](value *T) int {
	if value == nil {
		return 0
	}
	return 1
}

func first(differences ...int) int {
	for _, difference := range differences {
		if difference != 0 {
			return difference
		}
	}
	return 0
}

// A candidate is a name or path that a selection can read.
type candidate struct {
	text, directory string
	name            CheckpointName
}

// readable returns the names and paths of some forms; all others, canonical or not, are left out (CKS-112).
func readable(names []string, wanted ...Form) []candidate {
	var found []candidate
	for _, text := range names {
		directory, last := "", text
		if before, after := cut(text); before != nil {
			directory, last = *before, after
		}
		name, err := ParseCheckpointName(last)
		for _, form := range wanted {
			if err == nil && name.Form == form {
				found = append(found, candidate{text, directory, name})
			}
		}
	}
	return found
}

// ofOneDirectory refuses candidates in several directories (CKS-106).
func ofOneDirectory(found []candidate) error {
	for _, each := range found {
		if each.directory != found[0].directory {
			return &Error{"selection", each.text, "a name in the same directory as " + found[0].text}
		}
	}
	return nil
}

// Furthest returns the name or path with the highest epoch, then step, then version; "" if there is none (CKS-103).
func Furthest(names []string) (string, error) {
	found := readable(names, Epoch)
	var furthest candidate
	for _, each := range found {
		one, other := each.name, furthest.name
		if furthest.text == "" || first(
			compareOptional(one.Epoch, other.Epoch), compareOptional(one.Step, other.Step),
			compareOptional(one.Version, other.Version), one.Compare(other),
		) > 0 {
			furthest = each
		}
	}
	return furthest.text, ofOneDirectory(found)
}

// Latest returns the name or path from which a run resumes: last.ckpt, or else the furthest; "" if there is none
// (CKS-048, CKS-049).
func Latest(names []string) (string, error) {
	if err := ofOneDirectory(readable(names, Epoch, Last)); err != nil {
		return "", err
	}
	if last := readable(names, Last); last != nil {
		return last[0].text, nil
	}
	return Furthest(names)
}

// Mode decides whether a higher or a lower value of a metric is better.
type Mode string

// The modes of FindBest.
const (
	Max Mode = "max"
	Min Mode = "min"
)

// FindBest returns the name or path with the best value of a metric; "" if no name states the metric (CKS-043, CKS-107).
func FindBest(names []string, metricName string, mode Mode) (string, error) {
	if _, err := spell("metric", metricName); err != nil {
		return "", err
	}
	if mode != Max && mode != Min {
		return "", &Error{"mode", string(mode), "max or min"}
	}
	var best candidate
	for _, each := range readable(names, Best, Epoch) {
		if each.name.Metric == nil || each.name.Metric.Name != metricName {
			continue
		}
		if best.text == "" {
			best = each
			continue
		}
		gain := compare(each.name.Metric.Value, best.name.Metric.Value)
		if mode == Min {
			gain = -gain
		}
		if first(-gain, each.name.Compare(best.name), compare(each.directory, best.directory)) < 0 {
			best = each
		}
	}
	return best.text, nil
}
