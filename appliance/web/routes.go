package web

import "net/http"

// routes lists every operation of the interface, by resource. Who may call each is in package auth, permissions.go.
func (a *API) routes(r router) {
	// Set-up, log-in, account, keys
	handle(r, http.MethodGet, "/setup", "setupState", "Whether the first account is still to be made", a.setupState)
	handle(r, http.MethodPost, "/setup", "setUp", "Make the first account with the one-time link", a.setUp, noContent)
	r.upload("/setup/restore/look", "lookAtBackup", a.lookAtBackup)
	r.upload("/setup/restore", "restoreBackup", a.restoreBackup)
	handle(r, http.MethodPost, "/login", "logIn", "Log in", a.logIn, noContent)
	handle(r, http.MethodPost, "/logout", "logOut", "Log out", a.logOut, noContent)
	handle(r, http.MethodPost, "/logout-everywhere", "logOutEverywhere", "End every log-in of the account",
		a.logOutEverywhere, noContent)
	handle(r, http.MethodGet, "/me", "getMe", "The own account", a.getMe)
	handle(r, http.MethodPatch, "/me", "updateMe", "Change name or language", a.updateMe)
	r.socket("/me/live", "liveMe", a.liveMe)
	handle(r, http.MethodPost, "/me/password", "changePassword", "Change the password", a.changePassword, noContent)
	handle(r, http.MethodPost, "/me/email", "changeEmail", "Change the address to log in with", a.changeEmail)
	handle(r, http.MethodGet, "/me/second-factor", "getFactor", "The second factor of log-ins", a.getFactor)
	handle(r, http.MethodPost, "/me/second-factor", "startFactor", "A new secret for an authenticator app", a.startFactor, created)
	handle(r, http.MethodPost, "/me/second-factor/confirm", "confirmFactor", "Put the new secret to use", a.confirmFactor)
	handle(r, http.MethodPost, "/me/second-factor/codes", "renewRecoveryCodes", "New recovery codes in place of all", a.renewRecoveryCodes)
	handle(r, http.MethodPost, "/me/second-factor/remove", "removeFactor", "Log in without a second factor again", a.removeFactor, noContent)
	handle(r, http.MethodGet, "/second-factor", "getFactorRule", "Whose log-ins need a second factor", a.getFactorRule)
	handle(r, http.MethodPut, "/second-factor", "setFactorRule", "Choose whose log-ins need a second factor", a.setFactorRule)
	handle(r, http.MethodPost, "/links/look", "lookAtLink", "What a one-time link is good for", a.lookAtLink)
	handle(r, http.MethodPost, "/links/accept", "accept", "Make an account by an invitation, or set a new password by a link", a.accept, noContent)
	handle(r, http.MethodGet, "/account-invitations", "listAccountInvitations", "The invitations to the box, without their secrets", a.listAccountInvitations)
	handle(r, http.MethodPost, "/account-invitations", "inviteAccounts", "Invite people to the box by one-time links", a.inviteAccounts, created)
	handle(r, http.MethodPost, "/account-invitations/table", "inviteTable", "Invite everybody in a table", a.inviteTable, created)
	handle(r, http.MethodPost, "/account-invitations/revoke", "revokeAccountInvitations", "Take invitations back", a.revokeAccountInvitations)
	handle(r, http.MethodPost, "/members/{id}/deactivate", "deactivateMember", "End the log-ins and keys of an account, and let nobody use it", a.deactivateMember)
	handle(r, http.MethodPost, "/members/{id}/reactivate", "reactivateMember", "Let an account be used again", a.reactivateMember)
	handle(r, http.MethodPost, "/members/{id}/password-link", "linkPassword", "A one-time link to set a new password", a.linkPassword, created)
	handle(r, http.MethodDelete, "/members/{id}/second-factor", "removeMemberFactor", "Take the second factor of somebody away who has lost it", a.removeMemberFactor, noContent)
	handle(r, http.MethodGet, "/members/{id}/holdings", "getHoldings", "What hangs on an account", a.getHoldings)
	handle(r, http.MethodDelete, "/members/{id}", "deleteMember", "Delete an account for good", a.deleteMember)
	handle(r, http.MethodGet, "/logins", "listLogins", "Where the account is logged in", a.listLogins)
	handle(r, http.MethodDelete, "/logins/{id}", "endLogin", "End one log-in", a.endLogin, noContent)
	handle(r, http.MethodGet, "/api-keys", "listKeys", "The account's API keys", a.listKeys)
	handle(r, http.MethodPost, "/api-keys", "createKey", "Make an API key", a.createKey, created)
	handle(r, http.MethodDelete, "/api-keys/{id}", "revokeKey", "Revoke an API key", a.revokeKey, noContent)
	handle(r, http.MethodGet, "/health", "getHealth", "How the box is, in sentences", a.getHealth)
	handle(r, http.MethodPost, "/health/clock", "followClock", "Say that the clock of the machine is right, which the box does not follow",
		a.followClock, noContent)
	handle(r, http.MethodGet, "/privacy", "getPrivacy", "What is true of the box: data, models, access, ways out", a.getPrivacy)
	handle(r, http.MethodGet, "/privacy/attestation", "getAttestation", "The same, signed by the box", a.getAttestation,
		produces("application/json"))
	handle(r, http.MethodGet, "/privacy/sheet", "getDataSheet", "The sheet on data processing, as Markdown or HTML", a.getDataSheet,
		produces("text/markdown"))
	handle(r, http.MethodGet, "/audit", "listAudit", "Who did what, the newest first", a.listAudit)
	handle(r, http.MethodGet, "/audit/check", "checkAudit", "Whether the audit trail is as it was written", a.checkAudit)
	handle(r, http.MethodGet, "/audit/file", "getAuditFile", "The audit trail as a file", a.getAuditFile, produces("text/csv"))
	handle(r, http.MethodGet, "/webhooks", "listWebhooks", "The programs that are told when something has happened", a.listWebhooks)
	handle(r, http.MethodPost, "/webhooks", "createWebhook", "Have a program told when something has happened", a.createWebhook, created)
	handle(r, http.MethodPatch, "/webhooks/{id}", "updateWebhook", "Change what a program is told of, and whether", a.updateWebhook)
	handle(r, http.MethodDelete, "/webhooks/{id}", "deleteWebhook", "Tell a program nothing any more", a.deleteWebhook, noContent)
	handle(r, http.MethodPost, "/webhooks/{id}/test", "testWebhook", "Tell a program that it is being tested, and wait for what comes of it", a.testWebhook)
	handle(r, http.MethodGet, "/webhooks/{id}/deliveries", "listDeliveries", "What a program was told, without content", a.listDeliveries)
	handle(r, http.MethodGet, "/backups", "getBackups", "Which backups are made, and what became of them", a.getBackups)
	handle(r, http.MethodPut, "/backups", "saveBackups", "Choose where backups go and how they are locked", a.saveBackups)
	handle(r, http.MethodPost, "/backups/run", "runBackup", "Make a backup now", a.runBackup, accepted)
	handle(r, http.MethodGet, "/backups/file", "getBackupFile", "An encrypted backup of this moment", a.getBackupFile,
		produces("application/octet-stream"))
	handle(r, http.MethodDelete, "/backups/replaced", "removeReplaced", "Remove the state that a restore has replaced",
		a.removeReplaced, noContent)
	handle(r, http.MethodGet, "/retention", "getRetention", "How long things are kept, what goes when, holds and receipts", a.getRetention)
	handle(r, http.MethodGet, "/retention/try", "tryRetention", "What would go at once if the box kept things for so many days", a.tryRetention)
	handle(r, http.MethodPut, "/retention", "setRetention", "Set how long the box keeps things", a.setRetention)
	handle(r, http.MethodPost, "/retention/approve", "approveRetention", "Have what is too old be deleted, however much it is", a.approveRetention)
	handle(r, http.MethodPost, "/holds", "placeHold", "Place a legal hold: what it is on is deleted by nobody", a.placeHold)
	handle(r, http.MethodDelete, "/holds/{id}", "liftHold", "Lift a legal hold", a.liftHold)
	handle(r, http.MethodPost, "/withdrawals/{id}/erase", "eraseWithdrawn", "Erase a conversation that was taken back, although it is held",
		a.eraseWithdrawn)
	handle(r, http.MethodGet, "/receipts/{id}", "getReceipt", "A receipt of an erasure, signed by the box", a.getReceipt, produces("application/json"))
	handle(r, http.MethodPost, "/erasures/plan", "planErasure", "What would be erased; erases nothing", a.planErasure)
	handle(r, http.MethodPost, "/erasures", "erase", "Erase for good what was looked at", a.erase, accepted)
	handle(r, http.MethodPost, "/persons/find", "findPersons", "Find somebody in all sessions", a.findPersons)
	handle(r, http.MethodPost, "/persons/file", "exportPerson", "Everything that is held of somebody, as Markdown", a.exportPerson,
		produces("text/markdown"))
	handle(r, http.MethodGet, "/network", "getNetwork", "How people reach the box", a.getNetwork)
	handle(r, http.MethodPut, "/network", "chooseNetwork", "Choose how people reach the box", a.chooseNetwork)
	handle(r, http.MethodGet, "/certificate", "getCertificate", "The box's own certificate authority, to be installed on devices",
		a.getCertificate)
	handle(r, http.MethodGet, "/models", "getModels", "The models of the box, what they do and how fast", a.getModels)
	handle(r, http.MethodPut, "/models/choice", "chooseModels", "Choose which model does which work", a.chooseModels)
	handle(r, http.MethodGet, "/leading", "getLeading", "How conversations are led where a session sets nothing", a.getLeading)
	handle(r, http.MethodPut, "/leading", "chooseLeading", "Choose how conversations are led where a session sets nothing", a.chooseLeading)
	handle(r, http.MethodGet, "/contact", "getContact", "Whom people can ask, and who is responsible for the box", a.getContact)
	handle(r, http.MethodPut, "/contact", "setContact", "Change whom people can ask, and who is responsible", a.setContact)
	handle(r, http.MethodPost, "/models/remove", "removeModel", "Remove a model from the box", a.removeModel)
	handle(r, http.MethodGet, "/models/trial", "getModelTrial", "The try-out of a model that runs, or the last one", a.getModelTrial)
	handle(r, http.MethodPost, "/models/trial", "tryModel", "Try a model out: speed, a first answer, forms", a.tryModel, accepted)
	handle(r, http.MethodDelete, "/models/trial", "stopModelTrial", "Stop the try-out that runs", a.stopModelTrial, noContent)

	handle(r, http.MethodGet, "/support", "getSupport", "A file that tells how the box is, without content", a.getSupport,
		produces("application/zip"))
	handle(r, http.MethodGet, "/capacity", "getCapacity", "How many people can talk with the box at once", a.getCapacity)
	handle(r, http.MethodPost, "/capacity", "measureCapacity", "Measure how many people can talk with the box at once", a.measureCapacity,
		accepted)
	handle(r, http.MethodDelete, "/capacity", "stopCapacity", "Stop the measurement that runs", a.stopCapacity, noContent)

	// People
	handle(r, http.MethodGet, "/members", "listMembers", "Who has an account on the box", a.listMembers)
	handle(r, http.MethodPatch, "/members/{id}", "changeMember", "Give somebody another role on the box, or hand the box over", a.changeMember)
	handle(r, http.MethodGet, "/groups", "listGroups", "The groups of people", a.listGroups)
	handle(r, http.MethodPost, "/groups", "createGroup", "Make a group of people", a.createGroup, created)
	handle(r, http.MethodGet, "/groups/{id}", "getGroup", "A group with the people in it", a.getGroup)
	handle(r, http.MethodPatch, "/groups/{id}", "updateGroup", "Change the name of a group, and who is in it", a.updateGroup)
	handle(r, http.MethodDelete, "/groups/{id}", "deleteGroup", "Delete a group with the roles that it has", a.deleteGroup, noContent)

	// Projects
	handle(r, http.MethodGet, "/projects", "listProjects", "The projects that one may see", a.listProjects)
	handle(r, http.MethodPost, "/projects", "createProject", "Make a project", a.createProject, created)
	handle(r, http.MethodGet, "/projects/{id}", "getProject", "One project", a.getProject)
	handle(r, http.MethodGet, "/projects/{id}/results", "getProjectResults", "What the sessions of a project say together", a.getProjectResults)
	handle(r, http.MethodGet, "/projects/{id}/export", "exportProject", "Results of all sessions of a project as a file", a.exportProject,
		produces("application/octet-stream"))
	handle(r, http.MethodGet, "/projects/{id}/sensemaking", "getSensemaking", "Refused until there is an opinion map", a.getSensemaking)
	handle(r, http.MethodPatch, "/projects/{id}/sensemaking", "changeSensemaking", "Refused until there is an opinion map",
		a.changeSensemaking)
	handle(r, http.MethodGet, "/projects/{id}/retention", "getProjectRetention", "How long the sessions of a project are kept", a.getProjectRetention)
	handle(r, http.MethodPut, "/projects/{id}/retention", "setProjectRetention", "Set how long the sessions of a project are kept",
		a.setProjectRetention)
	handle(r, http.MethodPatch, "/projects/{id}", "updateProject", "Change a project", a.updateProject)
	handle(r, http.MethodPost, "/projects/{id}/duplicate", "duplicateProject", "Make a project with a draft of each session, and with the templates", a.duplicateProject, created)
	handle(r, http.MethodGet, "/projects/{id}/members", "listProjectMembers", "Who has a role on a project", a.listProjectMembers)
	handle(r, http.MethodPut, "/projects/{id}/members/{member}", "setProjectMember", "Give a person or a group a role on a project", a.setProjectMember)
	handle(r, http.MethodDelete, "/projects/{id}/members/{member}", "removeProjectMember", "Take a role on a project away", a.removeProjectMember,
		noContent)
	handle(r, http.MethodDelete, "/projects/{id}", "deleteProject", "Delete a project; its sessions stay", a.deleteProject)

	// Templates
	handle(r, http.MethodGet, "/templates", "listTemplates", "The templates that one may see: one's own, then those of the box", a.listTemplates)
	handle(r, http.MethodPost, "/templates", "createTemplate", "Make a template", a.createTemplate, created)
	handle(r, http.MethodPost, "/templates/import", "importTemplate", "Make a template of a file", a.importTemplate, created)
	handle(r, http.MethodGet, "/templates/{id}", "getTemplate", "One template, whole", a.getTemplate)
	handle(r, http.MethodGet, "/templates/{id}/file", "getTemplateFile", "A template as a file", a.getTemplateFile,
		produces("application/json"))
	handle(r, http.MethodPatch, "/templates/{id}", "updateTemplate", "Change a template", a.updateTemplate)
	handle(r, http.MethodDelete, "/templates/{id}", "deleteTemplate", "Delete a template; sessions started from it stay", a.deleteTemplate)
	handle(r, http.MethodPost, "/sessions/{id}/template", "saveAsTemplate", "Save a session's design as a template", a.saveAsTemplate, created)

	// Sessions, guide, form, launch
	handle(r, http.MethodGet, "/sessions", "listSessions", "The sessions that one may see, the last edited first", a.listSessions)
	handle(r, http.MethodPost, "/sessions", "createSession", "Make a session and its guide", a.createSession, created)
	handle(r, http.MethodPost, "/imports", "importFile", "Make a session of a file, or bring its conversations into one", a.importFile, created)
	handle(r, http.MethodPost, "/sessions/language", "recogniseLanguage", "The language that a brief is written in",
		a.recogniseLanguage)
	handle(r, http.MethodPost, "/sessions/checks", "checkBrief", "What is worth another look in a brief and in questions", a.checkBrief)
	handle(r, http.MethodPost, "/sessions/suggestion", "suggestPart", "Suggest one part of a brief, welcome or consent; saves nothing", a.suggestPart)
	handle(r, http.MethodGet, "/sessions/{id}", "getSession", "One session", a.getSession)
	handle(r, http.MethodPatch, "/sessions/{id}", "updateSession", "Change brief, texts, settings, project or form", a.updateSession)
	handle(r, http.MethodDelete, "/sessions/{id}", "deleteSession", "Delete a session with everything in it, for good", a.deleteSession)
	handle(r, http.MethodPost, "/sessions/{id}/open", "openSession", "Let people in", a.openSession)
	handle(r, http.MethodPost, "/sessions/{id}/close", "closeSession", "End all conversations; results stay", a.closeSession)
	handle(r, http.MethodPost, "/sessions/{id}/archive", "archiveSession", "Put a session out of sight", a.archiveSession)
	handle(r, http.MethodPost, "/sessions/{id}/reopen", "reopenSession", "Open a closed session again, or bring back an archived one",
		a.reopenSession)
	handle(r, http.MethodPost, "/sessions/{id}/duplicate", "duplicateSession", "Make a draft with the same brief, guide and form",
		a.duplicateSession, created)
	handle(r, http.MethodGet, "/sessions/{id}/members", "listSessionMembers", "Who has a role on a session", a.listSessionMembers)
	handle(r, http.MethodPut, "/sessions/{id}/members/{member}", "setSessionMember", "Give a person or a group a role on a session", a.setSessionMember)
	handle(r, http.MethodDelete, "/sessions/{id}/members/{member}", "removeSessionMember", "Take a role on a session away", a.removeSessionMember,
		noContent)
	handle(r, http.MethodGet, "/sessions/{id}/retention", "getSessionRetention", "How long a session is kept, and when it goes", a.getSessionRetention)
	handle(r, http.MethodPut, "/sessions/{id}/retention", "setSessionRetention", "Set how long a session is kept", a.setSessionRetention)
	handle(r, http.MethodGet, "/sessions/{id}/launch", "getLaunch", "Link, code and addresses", a.getLaunch)
	handle(r, http.MethodGet, "/sessions/{id}/qr.svg", "getQR", "The QR code of the link", a.getQR,
		produces("image/svg+xml"))
	handle(r, http.MethodGet, "/sessions/{id}/invitations", "listInvitations", "The invitations of a session, without their secrets",
		a.listInvitations)
	handle(r, http.MethodPost, "/sessions/{id}/invitations", "makeInvitations", "Make single-use invitations, also in place of others",
		a.makeInvitations, created)
	handle(r, http.MethodPost, "/sessions/{id}/invitations/revoke", "revokeInvitations", "Take invitations back", a.revokeInvitations)
	handle(r, http.MethodGet, "/sessions/{id}/guide", "getGuide", "The guide in use", a.getGuide)
	handle(r, http.MethodPut, "/sessions/{id}/guide", "saveGuide", "Save the guide as a new version", a.saveGuide)
	handle(r, http.MethodPost, "/sessions/{id}/guide/draft", "draftGuide", "Draft the guide anew from the brief", a.draftGuide)
	handle(r, http.MethodPost, "/sessions/{id}/guide/refine", "refineGuide", "Have a model change the guide as a sentence says; saves nothing",
		a.refineGuide)
	handle(r, http.MethodGet, "/sessions/{id}/guide/versions", "listGuideVersions", "All versions of the guide", a.listGuideVersions)
	handle(r, http.MethodGet, "/sessions/{id}/guide/versions/{v}", "getGuideVersion", "One version of the guide", a.getGuideVersion)
	handle(r, http.MethodPost, "/sessions/{id}/guide/versions/{v}/restore", "restoreGuideVersion", "Use an earlier version again",
		a.restoreGuideVersion)
	handle(r, http.MethodGet, "/sessions/{id}/rehearsals", "listRehearsals", "How the session went when it was tried out", a.listRehearsals)
	handle(r, http.MethodPost, "/sessions/{id}/rehearsals", "rehearseMyself", "Try the session out as a participant", a.rehearseMyself, created)
	handle(r, http.MethodPost, "/sessions/{id}/rehearsals/simulated", "simulate", "Have simulated participants talk with the facilitator",
		a.simulate, accepted)
	handle(r, http.MethodDelete, "/sessions/{id}/rehearsals/simulated", "endRehearsals", "End the simulated conversations that go on",
		a.endRehearsals)
	handle(r, http.MethodGet, "/handbook", "getHandbook", "What every facilitator of the box should know", a.getHandbook)
	handle(r, http.MethodPut, "/handbook", "setHandbook", "Change what every facilitator of the box should know", a.setHandbook)
	handle(r, http.MethodGet, "/sessions/{id}/background", "listBackground", "What the facilitator of a session should know",
		a.listBackground)
	handle(r, http.MethodPost, "/sessions/{id}/background/files", "addBackgroundFile", "Let the facilitator know the text of a file",
		a.addBackgroundFile, created)
	handle(r, http.MethodPost, "/sessions/{id}/background/results", "addBackgroundResults",
		"Let the facilitator know the results of another session", a.addBackgroundResults, created)
	handle(r, http.MethodPut, "/sessions/{id}/background/order", "orderBackground", "Put what the facilitator should know in an order",
		a.orderBackground)
	handle(r, http.MethodGet, "/sessions/{id}/background/{item}", "getBackground", "The text of one piece", a.getBackground)
	handle(r, http.MethodDelete, "/sessions/{id}/background/{item}", "deleteBackground", "Take a piece away for good",
		a.deleteBackground)
	handle(r, http.MethodGet, "/sessions/{id}/form", "getForm", "The questions before the conversation", a.getForm)
	handle(r, http.MethodPut, "/sessions/{id}/form", "saveForm", "Save the questions before the conversation", a.saveForm)
	handle(r, http.MethodGet, "/sessions/{id}/questions", "getQuestions", "The same questions with their places", a.getQuestions)

	// Conversations of a session, search, live
	handle(r, http.MethodGet, "/sessions/{id}/conversations", "listConversations", "The conversations of a session",
		a.listConversations)
	handle(r, http.MethodPost, "/sessions/{id}/conversations", "addConversation", "Store a conversation that was not led here",
		a.addConversation, created)
	handle(r, http.MethodGet, "/conversations/{id}", "getConversation", "One conversation, whole", a.getConversation)
	handle(r, http.MethodPatch, "/conversations/{id}", "updateConversation", "Let a conversation count, or not",
		a.updateConversation)
	handle(r, http.MethodDelete, "/conversations/{id}", "deleteConversation", "Erase a conversation for good",
		a.deleteConversation)
	handle(r, http.MethodGet, "/search", "search", "Find sessions and what people said", a.search)
	handle(r, http.MethodPost, "/companion/evidence", "findEvidence", "The passages that bear on a question; needs no model", a.findEvidence)
	r.socket("/sessions/{id}/live", "liveSession", a.liveSession)

	// Results
	handle(r, http.MethodGet, "/sessions/{id}/report", "getReport", "The newest report with its evidence", a.getReport)
	handle(r, http.MethodPost, "/sessions/{id}/report", "makeReport", "Write the report anew", a.makeReport, accepted)
	handle(r, http.MethodGet, "/sessions/{id}/themes", "getThemes", "The themes of the answers, with their claims", a.getThemes)
	handle(r, http.MethodGet, "/sessions/{id}/themes/{theme}/claims", "listThemeClaims", "The claims of a theme", a.listThemeClaims)
	handle(r, http.MethodGet, "/sessions/{id}/jobs", "listJobs", "Background work on the results", a.listJobs)
	handle(r, http.MethodPost, "/sessions/{id}/jobs/{job}/stop", "stopJob", "Stop the reading by a model, until results are asked for", a.stopJob)
	handle(r, http.MethodGet, "/sessions/{id}/tallies", "getTallies", "What was answered by controls, counted", a.getTallies)
	handle(r, http.MethodGet, "/sessions/{id}/ideas", "getIdeas", "Ideas that are offered to others, to whom, and from which claims", a.getIdeas)
	handle(r, http.MethodGet, "/sessions/{id}/insights", "getInsights", "What is asked of every conversation, and what came of it, counted",
		a.getInsights)
	handle(r, http.MethodPost, "/sessions/{id}/insights", "addInsights", "Ask something more of every conversation", a.addInsights, created)
	handle(r, http.MethodPost, "/sessions/{id}/insights/draft", "draftInsights", "Propose what to ask, from the brief; saves nothing",
		a.draftInsights)
	handle(r, http.MethodPost, "/sessions/{id}/insights/run", "runInsights", "Put questions to all conversations that did not answer them yet, or anew",
		a.runInsights, accepted)
	handle(r, http.MethodDelete, "/sessions/{id}/insights/run", "stopInsights", "Stop what is being asked; answers stay", a.stopInsights, noContent)
	handle(r, http.MethodGet, "/sessions/{id}/insights/table", "getInsightTable", "The answers, conversation by conversation", a.getInsightTable)
	handle(r, http.MethodGet, "/sessions/{id}/insights/csv", "getInsightsCSV", "The same as a file for spreadsheets", a.getInsightsCSV,
		produces("text/csv"))
	handle(r, http.MethodPatch, "/sessions/{id}/insights/{insight}", "changeInsight", "Change a question, its place, or put it into the archive",
		a.changeInsight)
	handle(r, http.MethodDelete, "/sessions/{id}/insights/{insight}", "deleteInsight", "Delete a question with all its answers, for good",
		a.deleteInsight, noContent)
	handle(r, http.MethodGet, "/sessions/{id}/insights/{insight}/difference", "compareInsights", "What differs between the answers of two runs",
		a.compareInsights)
	handle(r, http.MethodGet, "/sessions/{id}/summary", "getSummary", "The summary as Markdown", a.getSummary)
	handle(r, http.MethodPost, "/sessions/{id}/summary", "makeSummary", "Make the summary anew and wait for it", a.makeSummary)
	handle(r, http.MethodGet, "/sessions/{id}/session-md", "getSessionMD", "The session as a Markdown document", a.getSessionMD,
		produces("text/markdown"))
	handle(r, http.MethodGet, "/sessions/{id}/knowledge", "getKnowledge", "Decisions, actions, tensions, claims and gaps", a.getKnowledge)
	handle(r, http.MethodPost, "/sessions/{id}/knowledge", "makeKnowledge", "Read the knowledge out of the summary", a.getKnowledge)
	handle(r, http.MethodGet, "/sessions/{id}/export/preview", "previewExport", "What such a file would hold, and what not", a.previewExport)
	handle(r, http.MethodGet, "/sessions/{id}/export", "exportSession", "Results as a file", a.exportSession, produces("application/octet-stream"))

	// Companion
	handle(r, http.MethodGet, "/companion/threads", "listThreads", "The caller's threads over a conversation, a session, a project or everything", a.listThreads)
	handle(r, http.MethodPost, "/companion/threads", "createThread", "Ask the Companion a first question", a.createThread, created)
	handle(r, http.MethodGet, "/companion/threads/{id}", "getThread", "A thread with its answers", a.getThread)
	handle(r, http.MethodDelete, "/companion/threads/{id}", "deleteThread", "Delete a thread for good, and what was pinned of it", a.deleteThread, noContent)
	handle(r, http.MethodPost, "/companion/threads/{id}/questions", "askCompanion", "Ask a further question", a.askCompanion, accepted)
	handle(r, http.MethodPost, "/companion/threads/{id}/stop", "stopAnswer", "Stop the answer that is being made; what is there stays", a.stopAnswer, noContent)
	handle(r, http.MethodGet, "/companion/threads/{id}/markdown", "getThreadMD", "A thread as Markdown, with pseudonyms", a.getThreadMD,
		produces("text/markdown"))
	r.socket("/companion/threads/{id}/live", "liveThread", a.liveThread)
	handle(r, http.MethodPut, "/companion/answers/{id}/pin", "pinAnswer", "Show an answer among the insights of its session", a.pinAnswer, noContent)
	handle(r, http.MethodDelete, "/companion/answers/{id}/pin", "unpinAnswer", "Take an answer away from there", a.unpinAnswer, noContent)
	handle(r, http.MethodGet, "/sessions/{id}/pinned", "getPinned", "The answers that are shown among the insights of a session", a.getPinned)

	// Participants
	handle(r, http.MethodGet, "/join", "findByCode", "Where a short code leads", a.findByCode)
	handle(r, http.MethodGet, "/join/{session_id}", "getWelcome", "What to read before joining", a.getWelcome)
	handle(r, http.MethodGet, "/results/{session_id}", "getSharedResults",
		"What a session shows of its results to everybody, or to who took part in it", a.getSharedResults)
	handle(r, http.MethodPost, "/join/{session_id}", "join", "Take part in a session", a.join, created)
	handle(r, http.MethodGet, "/conversation", "getOwnConversation", "The participant's own conversation", a.getOwnConversation)
	handle(r, http.MethodPost, "/conversation/turns", "postTurn", "Say something", a.postTurn, created)
	handle(r, http.MethodPost, voicePath, "writeDown", "Have an answer that was spoken written down; stores nothing", a.writeDown, a.inVoiceSeat)
	handle(r, http.MethodPost, "/conversation/guided", "goOnGuided", "Go on by rules in place of waiting for the model's answer",
		a.goOnGuided, noContent)
	handle(r, http.MethodPost, "/conversation/finish", "finishConversation", "End early, and keep or erase what was said",
		a.finishConversation)
	handle(r, http.MethodPut, "/conversation/review", "reviewConversation",
		"Approve, change or take back what was understood, and choose how it may be used", a.reviewConversation)
	handle(r, http.MethodDelete, "/conversation", "withdrawConversation", "Take back everything: it is erased for good",
		a.withdrawConversation)
	r.socket("/conversation/live", "liveConversation", a.liveConversation)

	// Meetings
	handle(r, http.MethodPost, "/meetings", "createMeeting", "Begin to record a meeting, or to send one up", a.createMeeting, created)
	handle(r, http.MethodGet, "/meetings/{id}", "getMeeting", "A meeting that is or was recorded: what of it is on the disk", a.getMeeting)
	handle(r, http.MethodPatch, "/meetings/{id}", "updateMeeting", "Change a meeting", a.updateMeeting)
	handle(r, http.MethodPost, "/meetings/{id}/takes", "beginTake", "Begin to record with a device, or go on with it", a.beginTake)
	handle(r, http.MethodPut, "/meetings/{id}/takes/{track}/{take}/pieces/{seq}", "putPiece", "A few seconds of sound; answered when they are on the disk for good", a.putPiece)
	handle(r, http.MethodPost, "/meetings/{id}/takes/{track}/{take}/end", "endTake", "Say that a device has ended, and how much it has", a.endTake)
	handle(r, http.MethodPost, "/meetings/{id}/close", "closeMeeting", "End a recording and have its transcript made", a.closeMeeting)
	r.file("/meetings/file", "sendMeeting", "Send a file of sound up as a meeting, at once", a.sendMeeting, sendMeetingParams())
	r.file("/meetings/{id}/file", "sendFile", "Send a part of the file of a meeting up; the last one has it become sound", a.sendFile, sendFileParams())
	handle(r, http.MethodGet, "/meetings/{id}/sound", "getSound", "The sound as a WAV file, whole or in ranges", a.getSound, produces("audio/wav"))
	handle(r, http.MethodDelete, "/meetings/{id}/sound", "deleteSound", "Erase the sound for good now; its text stays", a.deleteSound)
	handle(r, http.MethodPost, "/meetings/{id}/marks", "addMark", "Note something about a moment of a recording", a.addMark, created)
	handle(r, http.MethodDelete, "/meetings/{id}/marks/{mark}", "deleteMark", "Delete such a note for good", a.deleteMark, noContent)
	handle(r, http.MethodGet, "/meetings", "listMeetings", "The meetings that one may read", a.listMeetings)
	handle(r, http.MethodGet, "/meetings/{id}/transcript", "getTranscript", "What was said in a meeting", a.getTranscript)
	handle(r, http.MethodGet, "/meetings/{id}/minutes", "getMinutes", "What a meeting comes to: summary, decisions, actions, open questions, terms", a.getMinutes)
	handle(r, http.MethodGet, "/meetings/{id}/minutes/file", "exportMinutes", "The minutes of a meeting as a document", a.exportMinutes, produces("application/octet-stream"))
	handle(r, http.MethodGet, "/meetings/{id}/captions", "exportCaptions", "The transcript of a meeting as captions", a.exportCaptions, produces("text/vtt"))
	handle(r, http.MethodGet, "/meetings/{id}/restrictions", "getRestrictions", "For what a meeting is not to be used", a.getRestrictions)
	handle(r, http.MethodPost, "/meetings/{id}/restrictions", "changeRestrictions", "Restrict the use of a meeting", a.changeRestrictions)
	a.transcriptRoutes(r)

	// Harmonica's clients
	handle(r, http.MethodGet, "/integrations/telegram/groups", "listTelegramGroups", "Always empty: there is no Telegram on the box",
		a.listTelegramGroups)
	handle(r, http.MethodGet, "/sessions/{id}/responses", "getResponses", "What people said, streamed", a.getResponses,
		answers[List[Response]](r))
	handle(r, http.MethodPost, "/sessions/{id}/responses", "postResponse", "Add a text as one's own", a.postResponse, created)
	handle(r, http.MethodPost, "/sessions/{id}/chat", "chat", "Say something for a participant and wait for the answer", a.chat)
	handle(r, http.MethodPost, "/sessions/{id}/chat/questions", "chatQuestions",
		"Take a participant in with the form and get the opening", a.chatQuestions)
}
