// NIR
