"""The hospital record of synthetic patients, in no dialect."""
