"""Which registrations are one place: names, addresses, phones and numbers compared by Splink (名寄せ; P-21, P-29, P-30)."""
