META
key;value
description;Wolds Area Forum
country;UK
unit;Wolds
instance;2013
num_projects;8
num_votes;37
budget;2500
vote_type;approval
rule;unknown
date_begin;01.09.2013
date_end;14.09.2013
currency;GBP
PROJECTS
project_id;cost;votes;name;category
benches;450;9;Benches along the canal;green
crossing;1200;14;Zebra crossing at the school;streets
hall;600;6;New chairs for the village hall;community
bins;300;10;Dog bins on the field path;green
choir;150;6;Christmas choir;community
gullies;500;7;Gully clearance in Mill Lane;streets
swings;900;9;Swings for the under-fives;play
seeds;0;2;Seed swap;green
VOTES
voter_id;vote
1;
2;benches,bins
3;benches,bins
4;benches,bins
5;benches,bins
6;benches,bins
7;benches,bins
8;benches,bins
9;benches,bins,seeds
10;benches,bins,seeds
11;crossing
12;crossing
13;crossing
14;crossing
15;crossing
16;crossing,gullies
17;crossing,gullies
18;crossing,gullies
19;crossing,gullies
20;crossing,gullies
21;crossing,gullies
22;crossing,swings
23;crossing,swings
24;crossing,swings
25;hall,choir
26;hall,choir
27;hall,choir
28;hall,choir
29;hall,swings
30;hall,swings
31;bins,gullies
32;choir
33;choir
34;swings
35;swings
36;swings
37;swings
