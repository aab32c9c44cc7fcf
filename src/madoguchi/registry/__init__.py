"""Who and where: municipalities, organisations, places, services, codes and enrolments; dated reference tables."""
