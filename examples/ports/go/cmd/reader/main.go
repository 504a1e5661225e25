// Command reader answers `ckpt-scheme conformance`: one JSON object a line on stdin, one answer a line on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	scheme "ckptscheme"
)

const moment = "2006-01-02T15:04:05"

type object = map[string]any

// input holds the members of all inputs. A null field has the raw text "null"; a missing field has no text.
type input struct {
	Text, Field, Key, Metric, Width string
	Mode                            scheme.Mode
	Names                           []string
	Pattern                         fields
}

type fields map[string]json.RawMessage

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout) // it ends each answer with a line feed, and nothing buffers it
	for lines.Scan() {
		var request struct {
			ID, Operation string
			Input         json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(respond(request.ID, request.Operation, request.Input)); err != nil {
			log.Fatal(err)
		}
	}
}

func respond(id, operation string, raw json.RawMessage) (response object) {
	answer, ok := operations[operation]
	if !ok {
		return object{"id": id, "unsupported": true}
	}
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case refusal:
			response = object{"id": id, "error": object{"message": fault.Error()}}
		default:
			panic(fault)
		}
	}()
	return object{"id": id, "answer": answer(decode[input](raw), decode[fields](raw))}
}

// A refusal is the value of a panic in must; any other panic is a fault of this program and ends it.
type refusal struct{ error }

func must[T any](value T, err error) T {
	if err != nil {
		panic(refusal{err})
	}
	return value
}

func decode[T any](raw json.RawMessage) (value T) {
	if err := json.Unmarshal(raw, &value); err != nil {
		log.Fatal(err)
	}
	return value
}

// get returns the value of a field, nil if it is null or not there.
func get[T any](from fields, name string, read func(string) (T, error)) *T {
	if raw, ok := from[name]; ok && string(raw) != "null" {
		value := must(read(decode[string](raw)))
		return &value
	}
	return nil
}

// need returns the value of a field that must not be null.
func need[T any](from fields, name string, read func(string) (T, error)) T {
	value := get(from, name, read)
	if value == nil {
		panic(refusal{&scheme.Error{Kind: name, Input: "null", Expected: "a value"}})
	}
	return *value
}

// hole returns the field of a pattern: open if it is not there, absent if it is null.
func hole[T any](from fields, name string, read func(string) (T, error)) scheme.Hole[T] {
	if value := get(from, name, read); value != nil {
		return scheme.Is(*value)
	}
	if _, ok := from[name]; ok {
		return scheme.Absent[T]()
	}
	return scheme.Hole[T]{}
}

func asText(text string) (string, error)      { return text, nil }
func asForm(text string) (scheme.Form, error) { return scheme.Form(text), nil }
func asCount(text string) (int64, error)      { return strconv.ParseInt(text, 10, 64) }
func asValue(text string) (float64, error)    { return strconv.ParseFloat(text, 64) }
func asTime(text string) (time.Time, error)   { return time.Parse(moment, text) }

func runID(from fields) scheme.RunID {
	return scheme.RunID{
		Tag: need(from, "tag", asText), Architecture: need(from, "architecture", asText),
		Encoder: get(from, "encoder", asText), Phase: need(from, "phase", asText),
		Timestamp: need(from, "timestamp", asTime),
	}
}

func checkpointName(from fields) scheme.CheckpointName {
	name := scheme.CheckpointName{
		Form: need(from, "kind", asForm), Epoch: get(from, "epoch", asCount), Step: get(from, "step", asCount),
		Version: get(from, "version", asCount),
	}
	if get(from, "metric", asText) != nil || get(from, "value", asValue) != nil {
		name.Metric = &scheme.Metric{Name: need(from, "metric", asText), Value: need(from, "value", asValue)}
	}
	return name
}

func runPattern(from fields) scheme.RunPattern {
	return scheme.RunPattern{
		Tag: hole(from, "tag", asText), Architecture: hole(from, "architecture", asText),
		Encoder: hole(from, "encoder", asText), Phase: hole(from, "phase", asText),
		Timestamp: hole(from, "timestamp", asTime),
	}
}

func checkpointPattern(from fields) scheme.CheckpointPattern {
	pattern := scheme.CheckpointPattern{
		Epoch: hole(from, "epoch", asCount), Step: hole(from, "step", asCount), Metric: hole(from, "metric", asText),
		Value: hole(from, "value", asValue), Version: hole(from, "version", asCount),
	}
	if form := get(from, "kind", asForm); form != nil {
		pattern.Form = *form
	}
	return pattern
}

func pattern(from fields) *scheme.Pattern {
	switch of := need(from, "of", asText); of {
	case "run":
		return must(runPattern(from).Compile())
	case "checkpoint":
		return must(checkpointPattern(from).Compile())
	case "archive":
		run := runPattern(decode[fields](from["run"]))
		return must(scheme.ArchivePattern{Run: run, Compression: hole(from, "compression", asText)}.Compile())
	default:
		return must(scheme.PathPattern{
			Root: hole(from, "root", asText), Run: runPattern(decode[fields](from["run"])),
			Checkpoint: checkpointPattern(decode[fields](from["checkpoint"])),
		}.Compile())
	}
}

var (
	unit  = regexp.MustCompile(`(?s)\[[^\]]+\]|.`)
	inSet = strings.NewReplacer(`\`, `\\`, "[", `\[`, "^", `\^`)
)

// fnmatch matches as POSIX says, without FNM_PATHNAME and FNM_PERIOD; path.Match treats "/" and "-" in a set apart.
func fnmatch(glob, text string) bool {
	regex := unit.ReplaceAllStringFunc(glob, func(found string) string {
		switch {
		case found == "*":
			return "(?s:.*)"
		case found == "?":
			return "(?s:.)"
		case len(found) > 1 && found[0] == '[':
			return "[" + inSet.Replace(found[1:len(found)-1]) + "]"
		}
		return regexp.QuoteMeta(found)
	})
	return regexp.MustCompile(`\A` + regex + `\z`).MatchString(text)
}

// written returns a number as text, nil for nil.
func written(number *int64) *string {
	if number == nil {
		return nil
	}
	text := strconv.FormatInt(*number, 10)
	return &text
}

func nameAnswer(name scheme.CheckpointName) object {
	if name.Form == scheme.Last {
		return object{"kind": name.Form}
	}
	answer := object{"kind": name.Form, "metric": nil, "value": nil, "version": written(name.Version)}
	if name.Metric != nil {
		answer["metric"], answer["value"] = name.Metric.Name, fmt.Sprintf("%.4f", name.Metric.Value)
	}
	if name.Form == scheme.Epoch {
		answer["epoch"], answer["step"] = written(name.Epoch), written(name.Step)
	}
	return answer
}

// sorted sorts texts by the values that they parse to.
func sorted[T interface{ Compare(T) int }](parse func(string) (T, error)) func(input, fields) object {
	return func(in input, _ fields) object {
		sort.SliceStable(in.Names, func(one, other int) bool {
			return must(parse(in.Names[one])).Compare(must(parse(in.Names[other]))) < 0
		})
		return object{"names": in.Names}
	}
}

// selected answers a name, null for an empty one.
func selected(name string) object {
	if name == "" {
		return object{"name": nil}
	}
	return object{"name": name}
}

var operations = map[string]func(input, fields) object{
	"parse_run_id": func(in input, _ fields) object {
		run := must(scheme.ParseRunID(in.Text))
		return object{
			"tag": run.Tag, "architecture": run.Architecture, "encoder": run.Encoder, "phase": run.Phase,
			"timestamp": run.Timestamp.Format(moment),
		}
	},
	"parse_checkpoint_name": func(in input, _ fields) object {
		return nameAnswer(must(scheme.ParseCheckpointName(in.Text)))
	},
	"parse_checkpoint_path": func(in input, _ fields) object {
		path := must(scheme.ParseCheckpointPath(in.Text))
		return object{"root": path.Root, "run": must(path.Run.Format()), "name": must(path.Name.Format())}
	},
	"parse_run_directory": func(in input, _ fields) object {
		directory := must(scheme.ParseRunDirectory(in.Text))
		answer := object{"root": directory.Root, "run": must(directory.Run.Format())}
		for _, folder := range []string{"checkpoints", "logs", "submissions"} {
			answer[folder] = in.Text + "/" + folder
		}
		return answer
	},
	"parse_run_archive": func(in input, _ fields) object {
		archive := must(scheme.ParseRunArchive(in.Text))
		return object{"run": must(archive.Run.Format()), "compression": archive.Compression}
	},
	"format_run_id": func(_ input, all fields) object { return object{"text": must(runID(all).Format())} },
	"format_checkpoint_name": func(_ input, all fields) object {
		return object{"text": must(checkpointName(all).Format())}
	},
	"format_run_archive": func(_ input, all fields) object {
		archive := scheme.RunArchive{Run: need(all, "run", scheme.ParseRunID), Compression: get(all, "compression", asText)}
		return object{"text": must(archive.Format())}
	},
	"equal": func(in input, _ fields) object {
		one, other := must(scheme.ParseCheckpointName(in.Names[0])), must(scheme.ParseCheckpointName(in.Names[1]))
		return object{"equal": one.Compare(other) == 0}
	},
	"sort_checkpoint_names": sorted(scheme.ParseCheckpointName),
	"sort_run_ids":          sorted(scheme.ParseRunID),
	"sort_checkpoint_paths": sorted(scheme.ParseCheckpointPath),
	"latest":                func(in input, _ fields) object { return selected(must(scheme.Latest(in.Names))) },
	"furthest":              func(in input, _ fields) object { return selected(must(scheme.Furthest(in.Names))) },
	"best": func(in input, _ fields) object {
		return selected(must(scheme.FindBest(in.Names, in.Metric, in.Mode)))
	},
	"glob": func(in input, _ fields) object { return object{"glob": must(pattern(in.Pattern).Glob())} },
	"globs": func(in input, _ fields) object {
		isMatch := false
		for _, glob := range must(pattern(in.Pattern).Globs(must(strconv.Atoi(in.Width)))) {
			isMatch = isMatch || fnmatch(glob, in.Text)
		}
		return object{"matches": isMatch}
	},
	"groups": func(in input, _ fields) object {
		exact := regexp.MustCompile(`\A(?:` + pattern(in.Pattern).RegexWithGroups() + `)\z`)
		match := exact.FindStringSubmatch(in.Text)
		if match == nil {
			return object{"groups": nil}
		}
		groups := map[string]string{}
		for index, name := range exact.SubexpNames() {
			if name != "" && match[index] != "" {
				groups[name] = match[index]
			}
		}
		return object{"groups": groups}
	},
	"matches": func(in input, _ fields) object { return object{"matches": pattern(in.Pattern).Matches(in.Text)} },
	"sanitize_label": func(in input, _ fields) object {
		return object{"label": must(scheme.SanitizeLabel(in.Text, in.Field))}
	},
	"metric_name_from_logged": func(in input, _ fields) object {
		return object{"metric": must(scheme.MetricNameFromLogged(in.Key))}
	},
}
