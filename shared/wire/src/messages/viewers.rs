//! The viewers.

super::messages! {
    NO_GPU: "This browser gives the page no GPU (WebGPU and WebGL2 both failed).", "このブラウザーではGPUを利用できません(WebGPU・WebGL2とも不可)。";
    NO_GPU_HELP: "Switch on hardware acceleration or try another browser; previews and tables work without it.", "ハードウェアアクセラレーションを有効にするか、別のブラウザーをお試しください。プレビューと表はそのままご覧いただけます。";
    GPU_LOST: "The browser took the GPU away from this page.", "ブラウザーがこのページへのGPUの割り当てを止めました。";
    GPU_LOST_HELP: "Load the page again: its address holds the view.", "ページを再読み込みしてください。表示状態はアドレスに保存されています。";
    NOTHING_OPEN: "No file is open in this viewer.", "このビューアではファイルが開かれていません。";
    NOTHING_OPEN_HELP: "Open a FITS file first.", "先にFITSファイルを開いてください。";
    NO_PIXELS: "HDU {hdu} holds no picture.", "HDU {hdu} には画像がありません。";
    NO_PIXELS_HELP: "Choose another HDU from the list; tables and spectra have views of their own.", "一覧から別のHDUを選んでください。表やスペクトルはそれぞれの表示で見られます。";
    NO_PLANE: "HDU {hdu} has {count} planes; there is no plane {plane} (they count from 0).", "HDU {hdu} の面は {count} 枚です。面 {plane} はありません(0から数えます)。";
    NO_SPECTRUM: "HDU {hdu} holds no spectrum.", "HDU {hdu} にはスペクトルがありません。";
    BAD_REQUEST: "The viewer was asked for something that it cannot read: {what}.", "ビューアが読み取れない指定です: {what}。";
    FETCH: "{url} could not be fetched: {reason}.", "{url} を取得できません: {reason}。";
    FETCH_HELP: "Check the connection and the address, then try again.", "接続とアドレスを確かめて再試行してください。";
    OUT_OF_MEMORY: "The file ({size}) does not fit the memory that this browser gives a page.", "ファイル({size})がこのブラウザーのページに割り当てられるメモリーに収まりません。";
    OUT_OF_MEMORY_HELP: "Open a cut-out of it, or use a desktop program for the whole.", "切り出した範囲を開くか、全体はデスクトップのソフトウェアでご覧ください。";
    EVENTS_BINNED: "HDU {hdu}: {count} events counted in pixels of {step} by columns {x} and {y}.", "HDU {hdu}: 列 {x}・{y} により {count} 事象を {step} 刻みの画素に数えました。";
    NO_WCS: "HDU {hdu}: the world coordinates cannot be used ({reason}).", "HDU {hdu}: 世界座標を利用できません({reason})。";
}
