"""The words of the demonstration community: places, questions, gifts and stories. All invented."""

from __future__ import annotations

from typing import Final, NamedTuple

WARDS: Final = (
    "Heron ward",
    "Alder ward",
    "the night team",
    "ward 7",
    "the stroke unit",
    "acute medicine",
    "the children's day unit",
    "elderly care",
    "recovery",
    "the surgical short stay",
    "Juniper ward",
    "maternity",
)

SUBJECTS: Final = {
    "falls": (
        "the post-fall huddle",
        "bed alarms",
        "slipper checks",
        "toileting rounds",
        "the falling-leaf sign",
        "lying and standing blood pressures",
        "night lights",
        "the low bed",
    ),
    "handover": (
        "bedside handover",
        "SBAR on the phone",
        "the safety huddle",
        "a written handover sheet",
        "the first five minutes of a shift",
        "handing over to the community team",
        "the big-picture board",
    ),
    "medicines": (
        "two-person checks",
        "the do-not-disturb tabard",
        "time-critical medicines",
        "insulin at breakfast",
        "explaining side effects plainly",
        "the bedside locker audit",
        "teach-back at discharge",
    ),
    "pressure-care": (
        "turning clocks",
        "heel checks",
        "the skin bundle",
        "mattress stock",
        "photographing wounds",
        "seating after surgery",
        "body maps at admission",
    ),
    "families": (
        "open visiting",
        "the 'what matters to me' card",
        "breaking hard news",
        "the relatives' clinic",
        "interpreters at short notice",
        "carers on the ward round",
        "phone updates at a fixed hour",
    ),
    "teaching": (
        "five-minute teaching",
        "the bay-side simulation",
        "new starters' first week",
        "student feedback",
        "clinical supervision",
        "learning from excellence",
        "a skills passport",
    ),
    "nights": (
        "noise after ten",
        "night-time observations",
        "the four o'clock slump",
        "breaks that really happen",
        "handing back at seven",
        "one-to-one care at night",
    ),
    "wellbeing": (
        "a proper debrief",
        "the tea trolley",
        "check-ins after a bad shift",
        "saying no kindly",
        "gratitude notes",
        "self-rostering",
    ),
}

QUESTIONS: Final = (
    "Has anyone tried {subject} on {ward}?",
    "What made {subject} stick where you are?",
    "Stuck with {subject}: what would you try next?",
    "How do you explain {subject} to agency staff?",
    "Is it only us, or is {subject} harder in winter?",
    "Looking for a gentle way to begin with {subject}",
    "What do families say about {subject}?",
    "How did you get doctors on board with {subject}?",
    "Who measures {subject}, and how, without more paper?",
    "{ward}, short staffed: what do you keep of {subject}?",
)
REPORTS: Final = (
    "What we learned from {subject} on {ward}",
    "Three weeks of {subject} on {ward}: honest notes",
    "A small win with {subject}",
    "We got {subject} wrong first, then better",
    "The week {subject} nearly stopped, and who saved it",
    "Our students' view of {subject}",
    "Before and after: {subject} on {ward}",
    "A thank-you, and an update on {subject}",
)
RESOURCES: Final = (
    "Pocket card: {subject}",
    "{subject}: our one-page guide",
    "Slides for a ten-minute session on {subject}",
    "Audit sheet for {subject}, five questions only",
    "Poster for the staff room: {subject}",
    "Plan-do-study-act notes: {subject} on {ward}",
    "A script for talking about {subject}",
    "Video, three minutes: {subject} on {ward}",
)
REVIEWS: Final = (
    "Tried it on {ward}: notes on “{title}”",
    "A second pair of eyes on “{title}”",
    "Feedback on “{title}”",
)
TALKS: Final = (
    "Talk: {subject} on {ward}, one year on",
    "Lightning talk: {subject}",
    "Regional study day: {subject}",
)
MENTORINGS: Final = (
    "Walking through {subject} together",
    "A first change on {ward}: planning it",
    "Looking back at {subject}",
)
FACILITATIONS: Final = (
    "Held the circle on {subject}",
    "Facilitated the debrief on {ward}",
    "Hosted the newcomers' tea",
)
CURATIONS: Final = (
    "Reading list: {subject}",
    "The best of this month on {subject}",
    "Gathered in one place: {subject}",
)

COMMENTS: Final = (
    "Printed it on Monday, on every clipboard by Friday.",
    "This is the first version our healthcare assistants did not sigh at. Thank you.",
    "I stole the third step outright and it works.",
    "Clear, kind and short. Exactly what a night shift needs.",
    "You answered the question I was too shy to ask.",
    "We tried it with two bays first, as you said. Good advice.",
    "My student read this and ran the huddle herself the next day.",
    "It did not fit our layout, but your reasoning did. We built our own.",
    "Sister has put it up in the office, which is the highest honour here.",
    "Thank you for writing down what did not work as well.",
    "I showed it to a patient's daughter and she helped us better the wording.",
    "Calm and practical. I felt less alone after reading it.",
    "The before-and-after photographs of the board settled the argument.",
    "Used at induction this week: six new starters, no glazed eyes.",
)
ATTESTATIONS: Final = (
    "Held a room of tired people and sent us home lighter. I was one of them.",
    "Helped me plan my first change, and asked better questions than I did.",
    "Stayed on the line until our handover sheet made sense. It is in use today.",
    "I watched this done on the ward, on an ordinary bad day. It is real.",
    "Patient, exact, and never made me feel slow.",
)
SPONSORSHIPS: Final = (
    "I would be glad to be in any circle you hold.",
    "Listens first, and it shows. We need more of that at the front.",
    "Already does the work; let us give it a name.",
)
SYMBOLS: Final = ("❤️", "👏", "🙌", "💡", "🌱", "⭐", "🫶", "👍")

CALLS: Final = (
    "What one small change did you make?",
    "Winter pressures, honestly",
    "Handover in five minutes",
    "Learning from what went well",
    "Families as colleagues",
    "Falls: beyond the alarm",
    "Nights are another country",
    "Teaching while busy",
    "Medicines without interruptions",
    "Skin, seats and mattresses",
    "Looking after each other",
    "A year of small changes",
)
PAPERS: Final = (
    "What forty night shifts taught one ward about noise",
    "Do huddles last? Two years after the project ended",
    "Interruptions during medicine rounds: counting is not enough",
    "Teach-back at discharge in four languages",
    "Why checklists fail politely",
    "Families on the ward round: a before-and-after study",
    "Heel pressure in the first six hours",
    "Kindness as a safety measure",
    "Who speaks at handover, and who does not",
    "Self-rostering and sickness: a natural experiment",
    "The second victim: support after an incident",
    "Small tests of change in a community hospital",
    "Students as a source of ideas",
)
AMAS: Final = (
    "Ask me anything: a ward sister's first year",
    "Ask me anything: what the patient safety team really does",
    "Ask me anything: from healthcare assistant to nurse educator",
    "Ask me anything: running a change on no budget",
    "Ask me anything: interpreting in the small hours",
    "Ask me anything: a patient's husband answers",
)
RECORDINGS: Final = (
    "Recording: the five-minute huddle",
    "Reading: small tests of change",
    "Recording: talking after a fall",
    "Reading: psychological safety on a ward",
    "Recording: SBAR, played by real people",
    "Reading: measuring for improvement",
    "Recording: teach-back",
    "Reading: what makes feedback land",
)


class Story(NamedTuple):
    """What came of a practice: in a sentence, before, after, and counted where somebody counted."""

    kind: str
    summary: str
    before: str
    after: str
    measure: tuple[str, str, float, float] | None  # name, unit, before, after


STORIES: Final = (
    Story(
        "practice_change",
        "We hold a two-minute huddle after every fall on {ward}, at the bedside, with the patient.",
        "A form, filled in at the end of the shift.",
        "A talk, then one change before the shift ends.",
        ("falls", "per-1000-bed-days", 7.4, 4.9),
    ),
    Story(
        "practice_change",
        "Handover on {ward} now happens at the bedside, and patients correct us.",
        "Twenty minutes in the office.",
        "Twelve minutes, in the room, with the patient.",
        ("handover", "minutes", 20, 12),
    ),
    Story(
        "outcome",
        "No pressure damage on heels on {ward} for ninety days.",
        "About one a fortnight.",
        "None since the turning clocks went up.",
        ("heel-damage", "per-month", 2, 0),
    ),
    Story(
        "outcome",
        "Time-critical medicines on {ward} are given within half an hour of when they are due.",
        "Six in ten on time.",
        "More than nine in ten.",
        ("on-time-doses", "percent", 61, 93),
    ),
    Story(
        "reuse",
        "{hospital} took over the pocket card and put its own telephone numbers on it.",
        "Each ward had its own scrap of paper.",
        "One card, on every lanyard.",
        None,
    ),
    Story(
        "story",
        "A daughter told us that the fixed phone call at four was the first time she slept.",
        "Families rang when they could, and waited.",
        "We ring them, at four, every day.",
        None,
    ),
    Story(
        "practice_change",
        "On {ward} the lights go down at ten and the bins are emptied before, not after.",
        "Patients woke four times a night.",
        "They tell us they wake once or twice.",
        ("night-wakings", "a-night", 4, 1.6),
    ),
    Story(
        "practice_change",
        "New starters on {ward} have a named person for their first ten shifts.",
        "They asked whoever looked least busy.",
        "They ask Winnie, and then they are Winnie.",
        None,
    ),
    Story(
        "outcome",
        "Interruptions during the medicine round on {ward} fell by more than half.",
        "Eleven interruptions a round.",
        "Four, and most of them real.",
        ("interruptions", "a-round", 11, 4),
    ),
    Story(
        "story",
        "A student stopped a handover to ask what a word meant. Half of us did not know either.",
        "Nobody asked.",
        "We say the word, and what it means.",
        None,
    ),
    Story(
        "reuse",
        "We ran the bay-side simulation from the slides here, with our own bed and our own mistakes.",
        "Simulation meant a day away.",
        "Fifteen minutes, on a Tuesday, in bay four.",
        None,
    ),
    Story(
        "practice_change",
        "Every patient on {ward} has a 'what matters to me' card, and the doctors read it.",
        "It lived in the notes.",
        "It lives on the wall.",
        ("cards-in-use", "percent", 8, 86),
    ),
    Story(
        "outcome",
        "Complaints about noise on {ward} stopped. We also got a thank-you cake.",
        "Three complaints a month.",
        "None in a quarter.",
        ("complaints", "per-month", 3, 0),
    ),
    Story(
        "practice_change",
        "We debrief for ten minutes after every cardiac arrest, whoever is on.",
        "People went home with it.",
        "Somebody always says the thing that needed saying.",
        None,
    ),
)
