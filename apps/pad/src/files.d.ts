// Names of built files, put in by build.mjs: each has a hash of its content in it, and all are in one directory.
declare const WORKER_FILE: string;
declare const LOGIN_FILE: string;
declare const ENROL_FILE: string;
declare const NUMBER_FILE: string;
declare const ENROL_SCRIPT: string;
declare const PERMITS_FILE: string;
declare const PERMITS_SCRIPT: string;
declare const TOKENS_FILE: string;
declare const WALLET_FILE: string;
