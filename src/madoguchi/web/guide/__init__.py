"""The public guide: kinds of cashless payment, questions and answers, warnings, posters (P-32, P-33, P-39, P-40)."""
