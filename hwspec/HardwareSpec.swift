// hw
