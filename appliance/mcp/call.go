package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxAnswer bounds what a tool hands on, in bytes: more than a model can read at once.
const maxAnswer = 8 << 20

var (
	errCutOff  = errors.New("the answer broke off")
	errTooMuch = errors.New("the answer is too large")
)

// call does what the tool is for. What goes wrong is told in words, in the result.
func (t Tool) call(ctx context.Context, send Send, raw json.RawMessage) *sdk.CallToolResult {
	if t.refusal != "" {
		return refused(t.refusal, nil)
	}
	given, wrong := t.read(raw)
	switch {
	case wrong != "":
		return refused(wrong+"\nNothing was done.", nil)
	case t.run != nil:
		return t.run(ctx, send, given)
	}
	a, err := ask(ctx, send, t.Method, t.Path, t.args, given)
	if err != nil {
		return failed(err)
	}
	return t.result(a)
}

// answer is what the interface has answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// isJSON says whether an answer is an object that can be handed on as structured content.
func (a answer) isJSON() bool {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return kind == "application/json" && bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{"))
}

// ask sends one request to the interface: arguments that the path names go there, others into the query or the body.
func ask(ctx context.Context, send Send, method, path string, args []arg, given arguments) (answer, error) {
	query, body := url.Values{}, map[string]json.RawMessage{}
	for _, a := range args {
		value, found := given[a.name]
		if !found {
			continue
		}
		name := a.name
		if a.as != "" {
			name = a.as
		}
		switch hole := "{" + a.name + "}"; {
		case strings.Contains(path, hole):
			path = strings.ReplaceAll(path, hole, url.PathEscape(plain(value)))
		case method == http.MethodGet || method == http.MethodDelete:
			query.Set(name, plain(value))
		default:
			body[name] = value
		}
	}
	path, set, _ := strings.Cut(path, "?") // a tool can set a parameter by itself
	if set != "" {
		query.Set(strings.Split(set, "=")[0], strings.Split(set, "=")[1])
	}
	target := "http://127.0.0.1/api/v1" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var content io.Reader
	if method == http.MethodPost || method == http.MethodPatch {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return answer{}, err
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := send(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	read, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(read) > maxAnswer {
		err = errTooMuch
	}
	return answer{res.StatusCode, res.Header, read}, err
}

// plain gives a value as it stands in an address: a text without its quotation marks.
func plain(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// result is what the tool answers.
func (t Tool) result(a answer) *sdk.CallToolResult {
	switch {
	case a.status >= http.StatusBadRequest:
		return refusedBy(a)
	case len(a.body) == 0:
		return said("Done.", nil)
	case !a.isJSON() || t.file:
		return file(a)
	}
	words := string(bytes.TrimSpace(a.body))
	if t.words != "" {
		var members map[string]any
		if json.Unmarshal(a.body, &members) == nil {
			if s, ok := members[t.words].(string); ok && s != "" {
				words = s
			}
		}
	}
	return said(words, json.RawMessage(a.body))
}

// file is a result that is a file: a text as it is, anything else as a resource.
func file(a answer) *sdk.CallToolResult {
	kind := a.header.Get("Content-Type")
	_, params, _ := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	about := map[string]any{"file_name": params["filename"], "media_type": kind, "bytes": len(a.body)}
	if strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") {
		return said(string(a.body), about)
	}
	r := said(fmt.Sprintf("%s, %d bytes, is attached.", params["filename"], len(a.body)), about)
	r.Content = append(r.Content, &sdk.EmbeddedResource{Resource: &sdk.ResourceContents{
		URI: "harmonium:///export/" + url.PathEscape(params["filename"]), MIMEType: kind, Blob: a.body,
	}})
	return r
}

// refusedBy tells what the interface has refused: its sentence, what is wrong with which field, and its code.
func refusedBy(a answer) *sdk.CallToolResult {
	var problem struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Fields  []struct {
				Field   string `json:"field"`
				Message string `json:"message"`
			} `json:"fields"`
		} `json:"error"`
	}
	if err := json.Unmarshal(a.body, &problem); err != nil || problem.Error.Message == "" {
		return refused(fmt.Sprintf("The box answered %d and said no more.", a.status), nil)
	}
	words := problem.Error.Message
	for _, f := range problem.Error.Fields {
		words += fmt.Sprintf("\n%s: %s", f.Field, f.Message)
	}
	if wait := a.header.Get("Retry-After"); wait != "" {
		words += fmt.Sprintf("\nTry again in %s seconds.", wait)
	}
	return refused(words+"\n("+problem.Error.Code+")", json.RawMessage(a.body))
}

// failed tells that no answer came.
func failed(err error) *sdk.CallToolResult {
	switch {
	case errors.Is(err, errTooMuch):
		return refused(fmt.Sprintf("The answer is larger than %d MB, so nothing of it is given. Ask for less, with limit and offset.", maxAnswer>>20), nil)
	case errors.Is(err, errCutOff):
		return refused("The answer broke off in the middle, so nothing of it is given. Please try again.", nil)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refused("This took too long and was given up.", nil)
	}
	return refused("The box did not answer. Whether this was done is not known; it may be starting anew.", nil)
}

func said(words string, structured any) *sdk.CallToolResult {
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: words}}, StructuredContent: structured}
}

func refused(words string, structured any) *sdk.CallToolResult {
	r := said(words, structured)
	r.IsError = true
	return r
}
