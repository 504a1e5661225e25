package ckptscheme

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// RunID is a run identifier. A model without an encoder has a nil Encoder.
type RunID struct {
	Tag, Architecture string
	Encoder           *string
	Phase             string
	Timestamp         time.Time // in time.UTC, which stands for no zone
}

// Form is the form of a checkpoint name.
type Form string

// The forms of checkpoint names, in their order.
const (
	Best  Form = "best"
	Epoch Form = "epoch"
	Last  Form = "last"
)

// Metric is the name and the value of a score.
type Metric struct {
	Name  string
	Value float64
}

// CheckpointName is the name of a checkpoint; an absent field is nil.
type CheckpointName struct {
	Form        Form
	Epoch, Step *int64
	Metric      *Metric
	Version     *int64
}

// RunArchive is the name of an archived run; Compression is "gz", "zst", "xz", or nil for a plain tar.
type RunArchive struct {
	Run         RunID
	Compression *string
}

// RunDirectory is the path of a run directory, whose root is nil if the path has none.
type RunDirectory struct {
	Root *string
	Run  RunID
}

// CheckpointPath is the path of a checkpoint, whose root is nil if the path has none.
type CheckpointPath struct {
	RunDirectory
	Name CheckpointName
}

var (
	forms     = []Form{Best, Epoch, Last}
	runText   = exactly(RunPattern{}.regex())
	formTexts = map[Form]*regexp.Regexp{}
)

func init() {
	for _, form := range forms {
		regexes, err := CheckpointPattern{Form: form}.regexes()
		formTexts[form] = exactly(regexes[0], err)
	}
}

func exactly(regex string, err error) *regexp.Regexp {
	if err != nil {
		panic(err) // an open pattern is never refused
	}
	return whole(regex)
}

// groups returns the fields of a text by their names, without the absent ones; nil if the text does not match.
func groups(exact *regexp.Regexp, text string) map[string]string {
	match := exact.FindStringSubmatch(text)
	if match == nil {
		return nil
	}
	found := map[string]string{}
	for index, name := range exact.SubexpNames() {
		if match[index] != "" { // no field can be empty
			found[strings.TrimPrefix(name, "best_")] = match[index]
		}
	}
	return found
}

// name returns the only name that agrees with a pattern without open fields, which its glob spells.
func name(pattern *Pattern, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return pattern.Glob()
}

// ParseRunID reads <tag>-<architecture>[-<encoder>]_<phase>_<YYYYMMDD>_<HHMMSS>.
func ParseRunID(text string) (RunID, error) {
	found := groups(runText, text)
	if found == nil {
		return RunID{}, &Error{"run id", text, "<tag>-<architecture>[-<encoder>]_<phase>_<YYYYMMDD>_<HHMMSS>"}
	}
	run := RunID{Tag: found["tag"], Architecture: found["architecture"], Phase: found["phase"]}
	if text, ok := found["encoder"]; ok {
		run.Encoder = &text
	}
	var err error
	run.Timestamp, err = time.Parse(stamp, found["timestamp"])
	return run, err
}

// Format is the inverse of ParseRunID.
func (r RunID) Format() (string, error) { return name(r.Pattern().Compile()) }

// Pattern returns the pattern for this run identifier alone.
func (r RunID) Pattern() RunPattern {
	return RunPattern{Is(r.Tag), Is(r.Architecture), maybe(r.Encoder), Is(r.Phase), Is(r.Timestamp)}
}

// ParseCheckpointName reads the name of a checkpoint.
func ParseCheckpointName(text string) (CheckpointName, error) {
	for _, form := range forms {
		if found := groups(formTexts[form], text); found != nil {
			name := CheckpointName{
				Form: form, Epoch: number(found["epoch"]), Step: number(found["step"]), Version: number(found["version"]),
			}
			if score, err := strconv.ParseFloat(found["value"], 64); err == nil {
				name.Metric = &Metric{found["metric"], score}
			}
			return name, nil
		}
	}
	return CheckpointName{}, &Error{"checkpoint name", text, "epoch-<epoch>_step-<step>..., best... or last, and .ckpt"}
}

// number returns the integer of a text, nil for an empty one.
func number(text string) *int64 {
	if integer, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &integer
	}
	return nil
}

// Format is the inverse of ParseCheckpointName.
func (n CheckpointName) Format() (string, error) {
	if formTexts[n.Form] == nil {
		return "", &Error{"form", string(n.Form), "best, epoch or last"}
	}
	return name(n.Pattern().Compile())
}

// Pattern returns the pattern for this checkpoint name alone.
func (n CheckpointName) Pattern() CheckpointPattern {
	pattern := CheckpointPattern{
		Form: n.Form, Epoch: maybe(n.Epoch), Step: maybe(n.Step), Metric: Absent[string](), Value: Absent[float64](),
		Version: maybe(n.Version),
	}
	if n.Metric != nil {
		pattern.Metric, pattern.Value = Is(n.Metric.Name), Is(n.Metric.Value)
	}
	return pattern
}

// ParseRunArchive reads <run id>.tar[.gz|.zst|.xz].
func ParseRunArchive(text string) (RunArchive, error) {
	name, extension, _ := strings.Cut(text, ".")
	run, err := ParseRunID(name)
	if extension == "tar" {
		return RunArchive{Run: run}, err
	}
	compressed := strings.TrimPrefix(extension, "tar.")
	if compressed == extension || !exact["compression"].MatchString(compressed) {
		err = &Error{"run archive", text, "a run id and .tar, .tar.gz, .tar.zst or .tar.xz"}
	}
	return RunArchive{run, &compressed}, err
}

// Format is the inverse of ParseRunArchive.
func (a RunArchive) Format() (string, error) {
	return name(ArchivePattern{a.Run.Pattern(), maybe(a.Compression)}.Compile())
}

// ParseRunDirectory reads [<root>/]<run id>.
func ParseRunDirectory(text string) (RunDirectory, error) {
	root, name := cut(text)
	run, err := ParseRunID(name)
	if err == nil {
		err = checkRoot(root)
	}
	return RunDirectory{root, run}, err
}

// ParseCheckpointPath reads [<root>/]<run id>/checkpoints/<checkpoint name>.
func ParseCheckpointPath(text string) (CheckpointPath, error) {
	folder, last := cut(text)
	name, err := ParseCheckpointName(last)
	if err != nil {
		return CheckpointPath{}, err
	}
	if folder == nil || !strings.HasSuffix(*folder, "/checkpoints") {
		return CheckpointPath{}, &Error{"checkpoint path", text, "[<root>/]<run id>/checkpoints/<checkpoint name>"}
	}
	directory, err := ParseRunDirectory(strings.TrimSuffix(*folder, "/checkpoints"))
	return CheckpointPath{directory, name}, err
}

// cut returns the text before the last "/", nil if there is none, and the text after it.
func cut(text string) (*string, string) {
	if index := strings.LastIndex(text, "/"); index >= 0 {
		before := text[:index]
		return &before, text[index+1:]
	}
	return nil, text
}
