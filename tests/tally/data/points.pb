META
key;value
description;Pond or library
country;UK
unit;Melton Mowbray
instance;2013
num_projects;2
num_votes;4
budget;2000
vote_type;cumulative
currency;GBP
max_points;5
max_sum_points;5
PROJECTS
project_id;cost;votes;score;name
library;1250;3;11;Reading corner
pond;900;3;7;Pond in the park
VOTES
voter_id;vote;points
1;library;3
2;library,pond;4,1
3;library,pond;4,1
4;pond;5
