mod plan;
mod run;
