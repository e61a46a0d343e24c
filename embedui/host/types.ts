import type { components } from '../shared/api/schema';

export type { Contact, FormField, Page, Point, Turn } from '../shared/api/types';

type Schemas = components['schemas'];

// The names under which the host app knows the schemas of the interface.
export type AccountInvitation = Schemas['AccountInvitation'];
export type AccountInvitations = Schemas['AccountInvitations'];
export type APIKey = Schemas['APIKey'];
export type AuditCheck = Schemas['AuditCheck'];
export type AuditEntry = Schemas['AuditEntry'];
export type BackgroundItem = Schemas['Background'];
export type Backgrounds = Schemas['Backgrounds'];
export type Brief = Schemas['Brief'];
export type Claim = Schemas['Claim'];
export type CompanionAnswer = Schemas['CompanionAnswer'];
export type CompanionThread = Schemas['CompanionThread'];
export type CompanionThreadItem = Schemas['CompanionThreadItem'];
export type Control = Schemas['Control'];
export type MeetingDetail = Schemas['MeetingDetail'];
export type Holdings = Schemas['Holdings'];
export type Idea = Schemas['Idea'];
export type IdeaClaim = Schemas['IdeaClaim'];
export type IdeaOffer = Schemas['IdeaOffer'];
export type Imported = Schemas['Imported'];
export type Ideas = Schemas['Ideas'];
export type Tally = Schemas['Tally'];
export type Conversation = Schemas['Conversation'];
export type ConversationItem = Schemas['ConversationItem'];
export type Coverage = Schemas['Coverage'];
export type Delivery = Schemas['Delivery'];
export type Deletion = Schemas['Deletion'];
export type FormAnswer = Schemas['GivenAnswer'];
export type Factor = Schemas['Factor'];
export type FactorRule = Schemas['FactorRule'];
export type Found = Schemas['SearchHit'];
export type GuideProposal = Schemas['GuideProposal'];
export type Guide = Schemas['Guide'];
export type GuideVersion = Schemas['GuideVersion'];
export type GuideVersionItem = Schemas['GuideVersionItem'];
export type Health = Schemas['Health'];
export type HealthSentence = Schemas['HealthSentence'];
export type HealthValue = Schemas['HealthValue'];
export type InsightAnswer = Schemas['InsightAnswer'];
export type InsightAsk = Schemas['InsightAsk'];
export type InsightDefinition = Schemas['InsightDefinition'];
export type InsightDifference = Schemas['InsightDifference'];
export type InsightRow = Schemas['InsightRow'];
export type Insights = Schemas['Insights'];
export type InstalledModel = Schemas['InstalledModel'];
export type Invitation = Schemas['Invitation'];
export type Invitations = Schemas['Invitations'];
export type NewFactor = Schemas['NewFactor'];
export type NewInvitation = Schemas['NewInvitation'];
export type Job = Schemas['Job'];
export type Meeting = Schemas['Meeting'];
export type MeetingMinutes = Schemas['Minutes'];
export type MeetingRestrictions = Schemas['Restrictions'];
export type RestrictionEvent = Schemas['RestrictionEvent'];
export type Speaker = Schemas['Speaker'];
export type TranscriptPart = Schemas['TranscriptPart'];
export type ExportPreview = Schemas['ExportPreview'];
export type Knowledge = Schemas['Knowledge'];
export type SaidPlace = Schemas['SaidPlace'];
export type Launch = Schemas['Launch'];
export type Leading = Schemas['Leading'];
export type Login = Schemas['Login'];
export type Me = Schemas['Me'];
export type Models = Schemas['Models'];
export type Group = Schemas['Group'];
export type Member = Schemas['Member'];
export type Membership = Schemas['Membership'];
export type ModelTrial = Schemas['ModelTrial'];
export type Capacity = Schemas['Capacity'];
export type CapacityResult = Schemas['CapacityResult'];
export type CertificateToInstall = Schemas['CertificateToInstall'];
export type Backups = Schemas['Backups'];
export type Network = Schemas['Network'];
export type NewAccountInvitation = Schemas['NewAccountInvitation'];
export type NewAccountInvitations = Schemas['NewAccountInvitations'];
export type NewWebhook = Schemas['NewWebhook'];
export type Webhook = Schemas['Webhook'];
export type NewAPIKey = Schemas['NewAPIKey'];
export type OneTimeLink = Schemas['OneTimeLink'];
export type Privacy = Schemas['Privacy'];
export type Project = Schemas['Project'];
export type Retention = Schemas['Retention'];
export type Due = Schemas['Due'];
export type Hold = Schemas['Hold'];
export type Withdrawal = Schemas['Withdrawal'];
export type Keeping = Schemas['Keeping'];
export type ErasedCounts = Schemas['ErasedCounts'];
export type ErasureOrder = Schemas['ErasureOrder'];
export type ErasurePlan = Schemas['ErasurePlan'];
export type ErasureReceipt = Schemas['ErasureReceipt'];
export type Person = Schemas['Person'];
export type Quote = Schemas['Quote'];
export type Rehearsal = Schemas['Rehearsal'];
export type Rehearsals = Schemas['Rehearsals'];
export type Remark = Schemas['Remark'];
export type Report = Schemas['Report'];
export type ReportCounts = Schemas['ReportCounts'];
export type ReportSection = Schemas['ReportSection'];
export type Session = Schemas['Session'];
export type SessionItem = Schemas['SessionItem'];
export type Suggestion = Schemas['Suggestion'];
export type Template = Schemas['Template'];
export type TemplateItem = Schemas['TemplateItem'];
export type Tallies = Schemas['Tallies'];
export type Topic = Schemas['Topic'];

/** How well participants say that they were understood. */
export type Understood = Schemas['Understood'];
/** How words may be used. */
export type Use = Session['default_use'];
/** A kind of work that is given to a model. */
export type ModelRole = Models['work'][number]['role'];
/** Where a session stands. */
export type State = SessionItem['state'];
/** Who may join a session. */
export type Access = Session['who_may_join'];
/** Who may see one part of the results of a session. */
export type VisibilityRow = Session['visibility']['tabs'][number];
/** Who sees it beside members. */
export type Audience = VisibilityRow['shared'];
export type Theme = Schemas['Theme'];
export type Themes = Schemas['Themes'];
export type FormTally = Schemas['FormTally'];
/** Who speaks in a rehearsal; "" in none. */
export type Character = ConversationItem['rehearsal'];
