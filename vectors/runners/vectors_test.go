// Package vectors runs the vectors of the *.calls.json beside it:
//
//	ENIMC_ENDPOINT=http://127.0.0.1:5000 go test ./...
//
// How a call is made is behind Adapter; the one here runs the AWS CLI.  For an SDK, or an implementation inside the program, write
// another and assign NewAdapter in an init function of a file of your own.  ENIMC_HAS and ENIMC_LACKS are lists, with commas, of
// features ("limit:AddressLimitExceeded", "capability:ipv6") beyond and below the common ones; ENIMC_WAIT is how many seconds to wait
// for what happens by itself (60).
package vectors

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

//go:embed *.calls.json
var files embed.FS

var patience = time.Minute

func init() {
	if seconds, err := strconv.ParseFloat(os.Getenv("ENIMC_WAIT"), 64); err == nil {
		patience = time.Duration(seconds * float64(time.Second))
	}
}

// Adapter makes calls; params and answer are as the SDKs have them, in JSON.
type Adapter interface {
	// Call returns the answer, or the error's code, or err if there was no answer at all.
	Call(op string, params map[string]any) (answer map[string]any, code string, err error)
}

// NewAdapter makes the adapter of one vector.
var NewAdapter = func(region string) Adapter { return cli{region} }

type cli struct{ region string }

var (
	word = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	sent = regexp.MustCompile(`An error occurred \(([^)]*)\)`)
)

func (c cli) Call(op string, params map[string]any) (map[string]any, string, error) {
	input, _ := json.Marshal(params)
	name := strings.ToLower(word.ReplaceAllString(op, "$1-$2"))
	arguments := []string{"ec2", name, "--no-paginate", "--output", "json", "--region", c.region, "--cli-input-json", string(input)}
	if endpoint := os.Getenv("ENIMC_ENDPOINT"); endpoint != "" {
		arguments = append(arguments, "--endpoint-url", endpoint)
	}
	command := exec.Command("aws", arguments...)
	command.Env = append(os.Environ(), "AWS_PAGER=")
	output, err := command.Output()
	if failed, ok := err.(*exec.ExitError); ok {
		if code := sent.FindSubmatch(failed.Stderr); code != nil {
			return nil, string(code[1]), nil
		}
		return nil, "", fmt.Errorf("aws %s: %s", name, failed.Stderr)
	} else if err != nil {
		return nil, "", err
	}
	answer := map[string]any{}
	if len(strings.TrimSpace(string(output))) > 0 {
		err = json.Unmarshal(output, &answer)
	}
	return answer, "", err
}

// state is what descriptions show, by kind and symbol.
type state map[string]map[string]map[string]any

type call struct {
	Op     string
	Event  string
	Params map[string]any
	Bind   map[string]string
	Find   []call
	Wait   await
	Retry  string
	Expect struct {
		Error *struct {
			Code, Rule, Source string
			Also               []string
		}
	}
	After   state
	Settles bool
}

// await is, in a fixture, which value a description has to show; in what removes, whether to wait for the end.
type await struct {
	Symbol, Path, Value string
	Is                  bool
}

func (a *await) UnmarshalJSON(text []byte) error {
	type plain await
	a.Is = true
	if string(text) == "true" {
		return nil
	}
	return json.Unmarshal(text, (*plain)(a))
}

type kind struct {
	Kind, Describe, Select, List string
	IDs                          map[string]string
	Remove                       []call
}

type vector struct {
	ID, Title        string
	Requires, Cannot []string
	Steps            []call
}

type suite struct {
	Profile, Symbols map[string]string
	Kinds            []kind
	Fixture          []call
	Initially        state
	Vectors          []vector
}

type world struct {
	suite   *suite
	adapter Adapter
	bound   map[string]string
	order   []string
	seen    map[string]bool
}

func (w *world) value(text string) string {
	if strings.HasPrefix(text, "$profile.") {
		return w.suite.Profile[strings.TrimPrefix(text, "$profile.")]
	}
	if value, ok := w.bound[text]; ok {
		return value
	}
	if value, ok := w.suite.Symbols[text]; ok {
		return value
	}
	return text
}

func (w *world) resolve(tree any) any {
	switch node := tree.(type) {
	case map[string]any:
		result := map[string]any{}
		for key, value := range node {
			result[key] = w.resolve(value)
		}
		return result
	case []any:
		result := []any{}
		for _, value := range node {
			result = append(result, w.resolve(value))
		}
		return result
	case string:
		return w.value(node)
	}
	return tree
}

func (w *world) bind(symbol, value string) {
	if strings.Contains(value, ".") { // an address that stands for another one now: they swap
		for other := range w.suite.Symbols {
			if other != symbol && strings.SplitN(other, ":", 2)[0] == strings.SplitN(symbol, ":", 2)[0] && w.value(other) == value {
				w.bound[other] = w.value(symbol)
			}
		}
	}
	if _, known := w.bound[symbol]; !known {
		w.order = append(w.order, symbol)
	}
	w.bound[symbol] = value
	w.seen[value] = true
}

func (w *world) call(op string, params map[string]any) (map[string]any, string, error) {
	return w.adapter.Call(op, w.resolve(params).(map[string]any))
}

func at(tree any, path string) any {
	for _, part := range strings.Split(path, ".") {
		switch node := tree.(type) {
		case map[string]any:
			tree = node[part]
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index >= len(node) {
				return nil
			}
			tree = node[index]
		default:
			return nil
		}
	}
	return tree
}

func (w *world) describe(k kind, symbol string) map[string]any {
	answer, _, _ := w.call(k.Describe, map[string]any{k.Select: []any{symbol}})
	found := []any{answer}
	for _, part := range strings.Split(k.List, ".") {
		next := []any{}
		for _, tree := range found {
			if node, ok := tree.(map[string]any); ok {
				if list, ok := node[part].([]any); ok {
					next = append(next, list...)
				}
			}
		}
		found = next
	}
	for _, item := range found {
		if node, ok := item.(map[string]any); ok && node[k.IDs["id"]] == w.value(symbol) {
			return node
		}
	}
	return nil
}

func empty(value any) bool {
	return value == nil || value == false || value == "" || value == float64(0)
}

// differs says where what is found is not what is expected.
func (w *world) differs(expected, found any, path string) string {
	switch wanted := expected.(type) {
	case map[string]any:
		node, _ := found.(map[string]any)
		for key, value := range wanted {
			if problem := w.differs(value, node[key], path+"."+key); problem != "" {
				return problem
			}
		}
		return ""
	case []any:
		list, _ := found.([]any)
		rest := append([]any{}, list...)
		if len(rest) != len(wanted) {
			return fmt.Sprintf("%s: expected %d, found %d", path, len(wanted), len(rest))
		}
	items:
		for _, item := range wanted {
			for i, other := range rest {
				if w.differs(item, other, path) == "" {
					rest = append(rest[:i], rest[i+1:]...)
					continue items
				}
			}
			return fmt.Sprintf("%s: %v is not among %v", path, w.resolve(item), rest)
		}
		return ""
	case string:
		if _, known := w.bound[wanted]; !known && strings.HasPrefix(wanted, "$") && strings.Contains(wanted, "#") && !empty(found) {
			text := fmt.Sprint(found)
			if w.seen[text] && !strings.HasSuffix(wanted, "#cidr") {
				return fmt.Sprintf("%s: %s is the id of something else", path, text)
			}
			w.bind(wanted, text) // an id that only descriptions tell
		}
		expected = w.value(wanted)
	}
	if expected == found || (empty(expected) && empty(found)) {
		return ""
	}
	return fmt.Sprintf("%s: expected %v, found %v", path, expected, found)
}

func (w *world) compare(after state) string {
	for _, k := range w.suite.Kinds {
		objects, observed := after[k.Kind]
		if !observed {
			continue
		}
		for symbol, view := range objects {
			if view == nil { // may be gone at any time
				continue
			}
			found := w.describe(k, symbol)
			if found == nil {
				return fmt.Sprintf("%s (%s) is not there", symbol, w.value(symbol))
			}
			if problem := w.differs(map[string]any(view), found, symbol); problem != "" {
				return problem
			}
		}
		for symbol := range w.bound {
			_, there := objects[symbol]
			if strings.HasPrefix(symbol, "$"+k.Kind+":") && !strings.Contains(symbol, "#") && !there && w.describe(k, symbol) != nil {
				return fmt.Sprintf("%s (%s) is still there", symbol, w.value(symbol))
			}
		}
	}
	return ""
}

func (w *world) wait(after state) string {
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		if problem := w.compare(after); problem == "" || time.Now().After(deadline) {
			return problem
		}
	}
}

func (w *world) fixture() error {
	for _, step := range w.suite.Fixture {
		answer, code, err := w.call(step.Op, step.Params)
		if err != nil || code != "" {
			return fmt.Errorf("fixture: %s answers %s %v", step.Op, code, err)
		}
		for symbol, path := range step.Bind {
			value, ok := at(answer, path).(string)
			if !ok {
				return fmt.Errorf("fixture: the answer of %s has no %s", step.Op, path)
			}
			w.bind(symbol, value)
		}
		if step.Wait.Is && !w.becomes(step.Wait) {
			return fmt.Errorf("fixture: %s does not become %s", step.Wait.Symbol, step.Wait.Value)
		}
	}
	if problem := w.wait(w.suite.Initially); problem != "" {
		return fmt.Errorf("fixture: %s", problem)
	}
	return nil
}

// becomes waits until the description of an object shows a value.
func (w *world) becomes(wanted await) bool {
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		for _, k := range w.suite.Kinds {
			if strings.HasPrefix(wanted.Symbol, "$"+k.Kind+":") && at(w.describe(k, wanted.Symbol), wanted.Path) == wanted.Value {
				return true
			}
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// remove is best effort, in reverse order, and touches only what this vector has made.
func (w *world) remove() {
	for i := len(w.suite.Kinds) - 1; i >= 0; i-- {
		k := w.suite.Kinds[i]
		for _, step := range k.Remove { // first what ties them together, then they themselves
			for j := len(w.order) - 1; j >= 0; j-- {
				symbol := w.order[j]
				if strings.HasPrefix(symbol, "$"+k.Kind+":") && !strings.Contains(symbol, "#") {
					w.removeOne(k, symbol, step)
				}
			}
		}
	}
}

func (w *world) removeOne(k kind, symbol string, step call) {
	text, _ := json.Marshal(step.Params)
	others := []string{""}
	if each := strings.Index(string(text), "$each:"); each >= 0 {
		others = nil
		of := string(text)[each+6:]
		of = of[:strings.Index(of, `"`)]
		for _, other := range w.order {
			if strings.HasPrefix(other, "$"+of+":") && !strings.Contains(other, "#") {
				others = append(others, other)
			}
		}
	}
	for _, other := range others {
		var params map[string]any
		filled := regexp.MustCompile(`"\$each:[^"]*"`).ReplaceAllLiteralString(string(text), strconv.Quote(other))
		filled = strings.ReplaceAll(filled, `"$it#id"`, strconv.Quote(symbol))
		filled = strings.ReplaceAll(filled, `"$it#`, `"`+symbol+"#")
		if json.Unmarshal([]byte(filled), &params) != nil {
			continue
		}
		_, code, _ := w.call(step.Op, params)
		for deadline := time.Now().Add(patience); code != "" && code == step.Retry && time.Now().Before(deadline); {
			time.Sleep(200 * time.Millisecond)
			_, code, _ = w.call(step.Op, params)
		}
		for deadline := time.Now().Add(patience); code == "" && step.Wait.Is && time.Now().Before(deadline); {
			found := w.describe(k, symbol)
			if found == nil || at(found, "State.Name") == "terminated" {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
}

func ids(tree any, into map[string]bool) {
	switch node := tree.(type) {
	case state:
		for _, inner := range node {
			for _, view := range inner {
				ids(view, into)
			}
		}
	case map[string]any:
		for _, inner := range node {
			ids(inner, into)
		}
	case []any:
		for _, inner := range node {
			ids(inner, into)
		}
	case string:
		if strings.HasPrefix(node, "$") && strings.Contains(node, "#") {
			into[node] = true
		}
	}
}

// forget drops ids of attachments and associations that are over: the next ones are new.
func (w *world) forget(before, after state) {
	old, now := map[string]bool{}, map[string]bool{}
	ids(before, old)
	ids(after, now)
	for _, objects := range after {
		for _, view := range objects {
			if len(view) == 0 {
				return
			}
		}
	}
	for symbol := range old {
		if !now[symbol] && !strings.HasSuffix(symbol, "#public_ip") {
			delete(w.bound, symbol)
		}
	}
}

// bindAnswer binds symbols to what an answer tells; what is new must have a new id.
func (w *world) bindAnswer(bind map[string]string, answer map[string]any, before, after state) string {
	for symbol, path := range bind {
		value, ok := at(answer, path).(string)
		if !ok || value == "" {
			return fmt.Sprintf("no answer has the %s of %s", path, symbol)
		}
		of := strings.SplitN(symbol[1:], ":", 2)[0]
		_, is := after[of][symbol]
		_, was := before[of][symbol]
		if is && !was && w.seen[value] {
			return fmt.Sprintf("%s is the id of something older", value)
		}
		if is && !was { // its other ids are new, too
			for old := range w.bound {
				if strings.HasPrefix(old, symbol+"#") {
					delete(w.bound, old)
				}
			}
		}
		w.bind(symbol, value)
	}
	return ""
}

func missing(v vector) string {
	if len(v.Cannot) > 0 {
		return "cannot be brought about: " + strings.Join(v.Cannot, "; ")
	}
	has, lacks := ","+os.Getenv("ENIMC_HAS")+",", ","+os.Getenv("ENIMC_LACKS")+","
	for _, feature := range v.Requires {
		rare := strings.HasPrefix(feature, "limit:") || feature == "capability:quotas" || feature == "held-transitions"
		if strings.Contains(lacks, ","+feature+",") || (rare && !strings.Contains(has, ","+feature+",")) {
			return "needs " + feature
		}
	}
	return ""
}

func run(t *testing.T, s *suite, v vector) {
	if reason := missing(v); reason != "" {
		t.Skipf("%s: %s", v.ID, reason)
	}
	w := &world{s, NewAdapter(s.Profile["region"]), map[string]string{}, nil, map[string]bool{}}
	defer w.remove()
	if err := w.fixture(); err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	before := s.Initially
	for number, step := range v.Steps {
		name := fmt.Sprintf("%s, step %d, %s%s", v.ID, number+1, step.Op, step.Event)
		if step.Event != "" {
			if problem := w.wait(step.After); problem != "" {
				t.Fatalf("%s does not come: %s", name, problem)
			}
			before = step.After
			continue
		}
		answer, code, err := w.call(step.Op, step.Params)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		expected := []string{""}
		why := ""
		if step.Expect.Error != nil {
			expected = append([]string{step.Expect.Error.Code}, step.Expect.Error.Also...)
			why = " (" + step.Expect.Error.Rule + "; " + step.Expect.Error.Source + ")"
		}
		good := false
		for _, one := range expected {
			good = good || one == code
		}
		if !good {
			t.Fatalf("%s: expected %q%s, found %q", name, expected, why, code)
		}
		problem := w.bindAnswer(step.Bind, answer, before, step.After)
		for _, look := range step.Find {
			if answer, _, _ := w.call(look.Op, look.Params); problem == "" {
				problem = w.bindAnswer(look.Bind, answer, before, step.After)
			}
		}
		if problem != "" {
			t.Fatalf("%s: %s", name, problem)
		}
		w.forget(before, step.After)
		if problem = w.compare(step.After); step.Settles && problem != "" {
			problem = w.wait(step.After)
		}
		if problem != "" {
			t.Fatalf("%s: %s", name, problem)
		}
		before = step.After
	}
}

func TestVectors(t *testing.T) {
	entries, _ := files.ReadDir(".")
	for _, entry := range entries {
		data, err := files.ReadFile(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		s := &suite{}
		if err := json.Unmarshal(data, s); err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		for _, v := range s.Vectors {
			v := v
			t.Run(v.ID, func(t *testing.T) { run(t, s, v) })
		}
	}
}
