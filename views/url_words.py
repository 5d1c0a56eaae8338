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
LABORATORY = "uitslagen/lab"
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

# Query of the laboratory page. CHOSEN says that the form was sent, so that no tick means no column.
CHOSEN = "keuze"
COLUMN = "kolom"
SINCE = "van"
UNTIL = "tot"
GROUP = "groep"
WINDOW = "venster"
COLUMN_CODE = "bepalingcode"
COLUMN_MATERIAL = "materiaal"
COLUMN_REFERENCE = "referentiewaarde"
COLUMN_UNIT = "eenheid"
