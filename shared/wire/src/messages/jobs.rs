//! Jobs: queues, phases, limits.

super::messages! {
    UNKNOWN: "There is no job {id}.", "ジョブ {id} はありません。";
    UNKNOWN_HELP: "It may have been deleted, or its time of destruction has passed. Run the query again.", "削除されたか、保存期限が過ぎた可能性があります。検索をもう一度実行してください。";
    WRONG_PHASE: "This cannot be done with a job that is {phase}.", "{phase} のジョブにはこの操作ができません。";
    WRONG_PHASE_HELP: "Only a PENDING job can be changed or started; make a new job with the same parameters.", "変更と開始ができるのは PENDING のジョブだけです。同じパラメータで新しいジョブを作ってください。";
    TOO_MANY: "{limit} jobs from your address are waiting, as many as this server keeps.", "お使いのアドレスからのジョブがすでに上限の {limit} 件待っています。";
    TOO_MANY_HELP: "Wait until some have run, or delete some.", "いくつか終わるのを待つか、不要なものを削除してください。";
    INTERRUPTED: "The server stopped twice while this job ran.", "このジョブの実行中にサーバーが 2 回停止しました。";
    INTERRUPTED_HELP: "Run it again; if it happens again, narrow the query or tell the operator.", "もう一度実行してください。続く場合は検索を絞るか、運用者にお知らせください。";
    OUT_OF_TIME: "The job was stopped after {seconds} s, its execution duration.", "ジョブは実行時間の上限 {seconds} 秒で停止されました。";
    OUT_OF_TIME_HELP: "Raise EXECUTIONDURATION (up to {hard} s) or narrow the query.", "EXECUTIONDURATION を増やす（上限 {hard} 秒）か、検索を絞ってください。";
    RESULT_TOO_LARGE: "The result is larger than the {limit} MB that a job may keep.", "結果がジョブの保存上限 {limit} MB を超えています。";
    RESULT_TOO_LARGE_HELP: "Select fewer columns or rows, or take a smaller format such as Parquet.", "列や行を減らすか、Parquet など小さい形式を選んでください。";
    NO_RESULT: "This job has no result: it is {phase}.", "このジョブに結果はありません（{phase}）。";
    NO_ERROR: "This job has no error: it is {phase}.", "このジョブにエラーはありません（{phase}）。";
    ALLOWED_PHASE: "RUN or ABORT", "RUN または ABORT";
    ALLOWED_PHASES: "PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED", "PENDING、QUEUED、EXECUTING、COMPLETED、ERROR、ABORTED";
    ALLOWED_TIME: "an ISO 8601 time in UTC, such as 2026-11-23T04:05:06Z", "UTC の ISO 8601 時刻（例：2026-11-23T04:05:06Z）";
    ALLOWED_SECONDS: "a whole number of seconds", "秒数（整数）";
    ALLOWED_WAIT: "a number of seconds, or -1 for as long as the server holds on", "秒数、または可能な限り待つ -1";
    ALLOWED_ACTION: "DELETE", "DELETE";
}
