"""The Dutch words of our URLs, all of them. A URL never holds a BSN, a name or a clinical word."""

CONTEXT = "/c/<context_id>/"
# In a path: what names one thing on the page without telling what it is.
PART = "<part>"
# Below the context:
PATIENT_INFORMATION = "patientinformatie"
CARE_MOMENTS = "zorgmomenten"
APPOINTMENTS = "zorgmomenten/afspraken"
SURGERIES = "zorgmomenten/operaties"
ADMISSIONS = "zorgmomenten/opnames"
EMERGENCY_VISITS = "zorgmomenten/seh"
REFERRALS = "zorgmomenten/verwijzingen"
ALLERGIES = "dossier/allergieen"
CONDITIONS = "dossier/aandoeningen"
SUBSTANCE_USE = "dossier/leefstijl"
DIAGNOSES = "dossier/diagnoses"
IMPLANTS = "dossier/implantaten"
MATERIALS = "dossier/materialen"
FUNCTIONAL_STATUS = "dossier/toestand"
DEVICES = "dossier/hulpmiddelen"
MEDICATION = "dossier/medicatie"
VACCINATIONS = "dossier/vaccinaties"
REPORTS = "dossier/behandelverslagen"
ALERTS = "dossier/signaleringen"
PROCEDURES = "dossier/verrichtingen"
NURSING_PROBLEMS = "dossier/problemen"
NURSING_PLAN = "dossier/behandelplan"
NURSING_NOTES = "dossier/verslagen"
DIET_ADVICE = "dossier/voeding-advies"
DIET_AGREEMENTS = "dossier/voeding-afspraken"
TREATMENT_RESTRICTIONS = "dossier/behandelbeperking"
TEAM_MEETINGS = "dossier/mdo"
LABORATORY = "uitslagen/lab"
LABORATORY_TREND = "uitslagen/lab/<part>"
MEASUREMENTS = "uitslagen/metingen"
MEASUREMENTS_TREND = "uitslagen/metingen/<part>"
STATUS = "status"
EXTEND = "verlengen"
CLOSE = "sluiten"
PRINTED = "afgedrukt"

# Query of the start page: the page that a window without JavaScript turns to when its time is over.
IDLE = "rust"

# Query of every page: it is made to be printed.
VIEW = "weergave"
ON_PAPER = "afdruk"

# Of the forms below a context: the page that they were sent from.
PAGE = "pagina"

# Query of a grid. CHOSEN says that the form was sent, so that no tick means no column.
CHOSEN = "keuze"
COLUMN = "kolom"
SINCE = "van"
UNTIL = "tot"
GROUP = "groep"
WINDOW = "venster"
DATES = "datums"
COLUMN_CODE = "bepalingcode"
COLUMN_MATERIAL = "materiaal"
COLUMN_REFERENCE = "referentiewaarde"
COLUMN_UNIT = "eenheid"

# Query of a chart.
MONTHS = "maanden"
TABLE_ONLY = "tabel"
