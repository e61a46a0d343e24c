package mcp

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Tool is something that a program can have done.
type Tool struct {
	Name string
	// Operation is the id of the operation of the interface that the tool stands for: who may call that, may call the tool.
	// It is "" for a tool that is only refused, in words.
	Operation    string
	Method, Path string // of the operation, with the names of arguments in the place of those of its parameters

	about   string
	args    []arg
	effect  effect
	words   string // the member of the answer that is the text of the result; "" for all of it
	file    bool   // the answer is a file
	refusal string
	run     func(context.Context, Send, arguments) *sdk.CallToolResult // in place of the one request
}

// effect is what a tool does to what is there.
type effect int

const (
	reads effect = iota
	adds
	changes
	destroys
)

// Tools gives all tools, in the order in which clients see them.
func Tools() []Tool { return slices.Clone(tools) }

// described is the tool in the words of the protocol.
func (t Tool) described() *sdk.Tool {
	properties, required := map[string]any{}, []string{}
	for _, a := range t.args {
		properties[a.name] = a.schema()
		if a.must {
			required = append(required, a.name)
		}
	}
	schema, err := json.Marshal(map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": t.refusal != "",
	})
	if err != nil {
		panic(err) // the table is wrong
	}
	harm, world := t.effect == destroys || t.effect == changes, false
	return &sdk.Tool{Name: t.Name, Description: t.about, InputSchema: json.RawMessage(schema), Annotations: &sdk.ToolAnnotations{
		ReadOnlyHint: t.effect == reads, DestructiveHint: &harm, IdempotentHint: t.effect == reads, OpenWorldHint: &world,
	}}
}

// Arguments that several tools have.
var (
	session  = arg{name: "session_id", kind: text, about: "Id of the session"}.needed()
	project  = arg{name: "project_id", kind: text, about: "Id of the project"}.needed()
	meeting  = arg{name: "meeting_id", kind: text, about: "Id of the meeting"}.needed()
	limit    = arg{name: "limit", kind: number, about: "At most so many, 1 to 100; 20 if left out"}
	offset   = arg{name: "offset", kind: number, about: "Leave out so many at the beginning"}
	personID = arg{name: "participant_id", kind: text, about: "Chosen by you, one for each person"}.needed()
	person   = arg{name: "participant_name", kind: text, about: "What the person is called"}
)

// askArgs are those of ask_companion: its question, what it is about, and the thread that it goes on with.
var askArgs = []arg{
	{name: "question", kind: text, about: "What you want to know", must: true},
	{name: "session_id", kind: text, about: "Only about this session; name one of these three or none"},
	{name: "project_id", kind: text, about: "Only about the sessions of this project"},
	{name: "conversation_id", kind: text, about: "Only about this conversation"},
	{name: "thread_id", kind: text, about: "Ask further in this thread, which keeps what it is about"},
}

// brief is what a session is made of and can be changed in.
func brief(need bool) []arg {
	a := []arg{
		{name: "topic", kind: text, about: "What it is about, in a line", must: need},
		{name: "goal", kind: text, about: "What is to come out of it", must: need},
		{name: "context", kind: text, about: "What the facilitator should know", null: true},
		{name: "critical", kind: text, about: "What must be asked in any case", null: true},
		{name: "prompt", kind: text, about: "Takes the place of the guide in what a model is told", null: true},
		{name: "template_id", kind: text, about: "Template to start from", null: true},
		{name: "project_id", kind: text, about: "Project that it belongs to", null: true},
		{name: "cross_pollination", kind: yesNo, about: "Offer ideas of others"},
		{name: "widgets_enabled", kind: yesNo, about: "Questions can be answered by controls"},
		{name: "results_visibility", kind: text, about: "Who sees results", among: []string{"public", "participants", "host"}},
		{name: "questions", kind: list, about: "Questions before the conversation: {text, type, required, options}", each: `{"type":"object"}`},
	}
	return slices.Clip(a)
}

// tools is the table. Nothing changes it.
var tools = slices.Concat(sessionTools(), conversationTools(), projectTools(), meetingTools(), resultTools(), refusedTools())

func sessionTools() []Tool {
	status := arg{name: "status", kind: text, about: "Only active or only completed ones"}.or("active", "completed")
	find := arg{name: "query", kind: text, about: "Words of the topic or the goal"}
	return []Tool{
		{
			Name: "list_sessions", Operation: "listSessions", Method: http.MethodGet, Path: "/sessions",
			about: "Lists sessions, the last edited first.", args: []arg{status, find.called("q"), limit, offset},
		},
		{
			Name: "search_sessions", Operation: "listSessions", Method: http.MethodGet, Path: "/sessions",
			about: "Finds sessions by words of their topic or goal.", args: []arg{find.called("q").needed(), status, limit, offset},
		},
		{
			Name: "get_session", Operation: "getSession", Method: http.MethodGet, Path: "/sessions/{session_id}",
			about: "One session: brief, guide, settings, how many take part.", args: []arg{session},
		},
		{
			Name: "create_session", Operation: "createSession", Method: http.MethodPost, Path: "/sessions", effect: adds,
			about: "Makes a session and opens it at once; its join_url is for the people who take part. Without a prompt the guide is drafted from the brief.",
			args: append(brief(true), arg{name: "language", kind: text, about: "Language of the session, such as en; recognised from the brief if left out"},
				arg{name: "draft", kind: yesNo, about: "Do not open it yet"}),
		},
		{
			Name: "update_session", Operation: "updateSession", Method: http.MethodPatch, Path: "/sessions/{session_id}", effect: changes,
			about: "Changes what is named of a session. Questions are replaced as a whole; null takes away.",
			args: slices.Concat([]arg{session}, brief(false), []arg{
				{name: "summary_prompt", kind: text, about: "What the report should heed", null: true},
				{name: "welcome_message", kind: text, about: "What people read first", null: true},
			}),
		},
		{
			Name: "get_questions", Operation: "getQuestions", Method: http.MethodGet, Path: "/sessions/{session_id}/questions",
			about: "The questions that people answer before the conversation, with their ids.", args: []arg{session},
		},
		{
			Name: "list_templates", Operation: "listTemplates", Method: http.MethodGet, Path: "/templates",
			about: "Lists what sessions can be started from.",
			args:  []arg{find.called("q"), {name: "language", kind: text, about: "Only in this language, such as en"}, limit, offset},
		},
	}
}

func conversationTools() []Tool {
	since := arg{name: "since", kind: text, about: "Only people who said something since this time (RFC 3339)"}
	name := arg{name: "name", kind: text, about: "Part of the person's name"}
	return []Tool{
		{
			Name: "submit_questions", Operation: "chatQuestions", Method: http.MethodPost, Path: "/sessions/{session_id}/chat/questions", effect: adds,
			about: "Takes a person in with their answers to the questions, and gives the facilitator's opening.",
			args: []arg{session, personID, person, arg{name: "answers", kind: list, about: "{question_id, answer} for each question"}.of(
				`{"type":"object","properties":{"question_id":{"type":"string"},"answer":{"type":"string"}},"required":["question_id","answer"]}`)},
		},
		{
			Name: "chat_message", Operation: "chat", Method: http.MethodPost, Path: "/sessions/{session_id}/chat", effect: adds,
			about: "Says something for a person, who is taken in with the first message, and waits for the facilitator's answer.",
			args:  []arg{session, personID, person, arg{name: "content", kind: text, about: "What the person says, up to 10,000 characters"}.needed()},
		},
		{
			Name: "list_participants", Operation: "getResponses", Method: http.MethodGet, Path: "/sessions/{session_id}/responses?mode=list",
			about: "Who took part and how much they said, without what they said.", args: []arg{session, since, name, limit, offset},
		},
		{
			Name: "get_responses", Operation: "getResponses", Method: http.MethodGet, Path: "/sessions/{session_id}/responses",
			about: "What people said, conversation by conversation.",
			args: []arg{
				session, since, name, {name: "min_messages", kind: number, about: "Only conversations of at least so many messages"},
				arg{name: "sort", kind: text, about: "Which come first"}.or("newest", "oldest"), limit, offset,
			},
		},
	}
}

func projectTools() []Tool {
	title := arg{name: "title", kind: text, about: "What it is called, up to 200 characters"}
	about := arg{name: "description", kind: text, about: "What it is for, up to 2,000 characters"}
	public := arg{name: "is_public", kind: yesNo, about: "Everybody with an account on the box may look at it"}
	return []Tool{
		{
			Name: "create_project", Operation: "createProject", Method: http.MethodPost, Path: "/projects", effect: adds,
			about: "Makes a project, which sessions can belong to.", args: []arg{title.needed(), about, public},
		},
		{
			Name: "list_projects", Operation: "listProjects", Method: http.MethodGet, Path: "/projects",
			about: "Lists projects.", args: []arg{limit, offset},
		},
		{
			Name: "get_project", Operation: "getProject", Method: http.MethodGet, Path: "/projects/{project_id}",
			about: "One project with the ids of its sessions.", args: []arg{project},
		},
		{
			Name: "update_project", Operation: "updateProject", Method: http.MethodPatch, Path: "/projects/{project_id}", effect: changes,
			about: "Changes what is named of a project.",
			args: []arg{
				project, title, about, public, arg{name: "status", kind: text, about: "archived puts it out of sight"}.or("active", "archived"),
				{name: "summary_prompt", kind: text, about: "What reports of its sessions should heed"},
			},
		},
		{
			Name: "delete_project", Operation: "deleteProject", Method: http.MethodDelete, Path: "/projects/{project_id}", effect: destroys,
			about: "Deletes a project; its sessions stay.", args: []arg{project},
		},
	}
}

func resultTools() []Tool {
	return []Tool{
		{
			Name: "get_summary", Operation: "getSummary", Method: http.MethodGet, Path: "/sessions/{session_id}/summary",
			about: "The summary of a session as Markdown.", args: []arg{session}, words: "summary",
		},
		{
			Name: "generate_summary", Operation: "makeSummary", Method: http.MethodPost, Path: "/sessions/{session_id}/summary", effect: changes,
			about: "Makes the summary anew and waits for it.", args: []arg{session}, words: "summary",
		},
		{
			Name: "ask_companion", Operation: "createThread", Method: http.MethodPost, Path: "/companion/threads", effect: adds,
			about: "Asks a question about what people said, and waits for the answer with its sources.", args: askArgs, run: companion,
		},
		{
			Name: "get_themes", Operation: "getThemes", Method: http.MethodGet, Path: "/sessions/{session_id}/themes",
			about: "The themes of what people said, counted, with claims and quotations.", args: []arg{session},
		},
		{
			Name: "get_insights", Operation: "getInsights", Method: http.MethodGet, Path: "/sessions/{session_id}/insights",
			about: "What is asked of every conversation, and what came of it, counted.", args: []arg{session},
		},
		{
			Name: "run_insights", Operation: "runInsights", Method: http.MethodPost, Path: "/sessions/{session_id}/insights/run", effect: changes,
			about: "Puts questions to all conversations that did not answer them yet. It goes on in the background; get_insights tells how far it is.",
			args: []arg{
				session, arg{name: "insights", kind: list, about: "Ids of the questions; all if left out"}.of(`{"type":"string"}`),
				{name: "anew", kind: yesNo, about: "Also where they were answered"},
			},
		},
		{
			Name: "export_session", Operation: "exportSession", Method: http.MethodGet, Path: "/sessions/{session_id}/export", file: true,
			about: "The results of a session as a file.",
			args: []arg{
				session, arg{name: "format", kind: text, about: "Kind of file"}.or("md", "html", "pdf", "docx", "xlsx", "csv", "polis", "json").needed(),
				arg{name: "table", kind: text, about: "Of csv, which holds one table"}.or("report", "decisions", "themes", "points", "insights", "choices", "form", "people", "answers"),
				{name: "names", kind: yesNo, about: "With the names that people gave, for editors"},
				{name: "conversations", kind: yesNo, about: "With the conversations, in md, html, pdf and docx"},
			},
		},
	}
}

// meetingTools are for recorded meetings and for what Harmonica connects to elsewhere.
func meetingTools() []Tool {
	return []Tool{
		{
			Name: "list_meetings", Operation: "listMeetings", Method: http.MethodGet, Path: "/meetings",
			about: "Lists recorded meetings.",
			args: []arg{
				{name: "status", kind: text, about: "Only meetings of this status, such as ready"},
				{name: "from", kind: text, about: "Only those that begin at this time or later (RFC 3339)"},
				{name: "to", kind: text, about: "Only those that begin before this time (RFC 3339)"},
				{name: "updated_since", kind: text, about: "Only those that were changed since this time (RFC 3339)"},
				limit, offset, {name: "cursor", kind: text, about: "Where an earlier list ended"},
			},
		},
		{
			Name: "get_transcript", Operation: "getTranscript", Method: http.MethodGet, Path: "/meetings/{meeting_id}/transcript",
			about: "What was said in a meeting.", args: []arg{meeting},
		},
		{
			Name: "get_meeting_restrictions", Operation: "getRestrictions", Method: http.MethodGet, Path: "/meetings/{meeting_id}/restrictions",
			about: "What a meeting must not be used for.", args: []arg{meeting},
		},
		{
			Name: "update_meeting_restrictions", Operation: "changeRestrictions", Method: http.MethodPost, Path: "/meetings/{meeting_id}/restrictions",
			effect: changes, about: "Sets what a meeting must not be used for, or decides about a proposal.",
			args: []arg{
				meeting, arg{name: "action", kind: text, about: "Set scopes, or decide about a proposal"}.or("set", "review_candidate").needed(),
				arg{name: "scopes", kind: list, about: "With set: synthesis, project_attachment, external_export, sharing, all_downstream_processing"}.of(`{"type":"string"}`),
				{name: "reason", kind: text, about: "Why"},
				{name: "candidate_event_id", kind: text, about: "With review_candidate: which proposal"},
				arg{name: "decision", kind: text, about: "With review_candidate"}.or("confirm", "dismiss"),
			},
		},
		{
			Name: "list_telegram_groups", Operation: "listTelegramGroups", Method: http.MethodGet, Path: "/integrations/telegram/groups",
			about: "Always empty: there is no Telegram on this box.",
		},
	}
}

// refusedTools are those of Harmonica's that this box does not have. They are there so that a client is told why, whatever it
// calls them with.
func refusedTools() []Tool {
	const about = "Not on this box: it tells why."
	return []Tool{
		{
			Name: "install_method_spec", about: about,
			refusal: "This box fetches no methods from elsewhere. Import the file of a method as a template instead: POST /templates/import, or " +
				"the page Templates. Nothing was installed.",
		},
		{
			Name: "publish_sensemaking_topic", about: about,
			refusal: "There is no sensemaking until the opinion map exists, which comes with a later version. Nothing was published.",
		},
		{
			Name: "create_unconference_topic", about: about,
			refusal: "This box does not run unconferences until the opinion map exists. Nothing was made.",
		},
	}
}
