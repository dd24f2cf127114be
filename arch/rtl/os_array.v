// Output-stationary array with double-buffered accumulators: skew, PEs, drain and their control.
//
// A fold enters as steps, one a clock while step_valid and step_ready: the codes of one k (LANES of them) of every row of A
// and every column of B, with `first` and `last` of the fold; rows and cols are the fold's and hold from first to last.
// Step k enters row i in clock i + k and column j in clock j + k. rows + cols - 2 clocks after the clock behind the last step
// the fold can drain; when drain_ready is high it does, a row a clock: out_valid, and `out` holds the sums of row out_row,
// the fold's last row first. step_ready is low for a last step that would overwrite sums that are still draining.
//   2 x 2, k = 1, fed in clock 0: out_valid in clocks 3 and 4 (1 step, 2 + 2 - 2 of skew).
// ROWS and COLS are at most 255.
module os_array #(
    parameter ROWS = 4,
    parameter COLS = 4,
    parameter LANES = 1,
    parameter W = 24,
    parameter MODE = 1
) (
    input  wire                    clk,
    input  wire                    reset,
    input  wire                    step_valid,
    output wire                    step_ready,
    input  wire                    first,
    input  wire                    last,
    input  wire [             7:0] rows,
    input  wire [             7:0] cols,
    input  wire [ROWS*LANES*4-1:0] a,
    input  wire [COLS*LANES*4-1:0] b,
    input  wire                    drain_ready,
    output wire                    out_valid,
    output wire [             7:0] out_row,
    output wire [      COLS*W-1:0] out
);
  localparam WORD = 4 * LANES;

  // Control. `pending` counts down the skew of a fold whose steps are all in; then it drains.
  reg waiting, draining;
  reg [8:0] pending;
  reg [7:0] row, fold_rows;
  wire drain_begins = waiting && pending == 9'd0 && drain_ready;
  wire shift = draining || drain_begins;
  wire [7:0] row_now = drain_begins ? fold_rows - 8'd1 : row;
  wire drain_ends = shift && row_now == 8'd0;
  wire taken = step_valid && step_ready;
  wire occupied = (waiting || draining) && !drain_ends;
  assign step_ready = !(last && occupied);
  assign out_valid  = shift;
  assign out_row    = row_now;

  always @(posedge clk) begin
    if (reset) begin
      waiting  <= 1'b0;
      draining <= 1'b0;
    end else begin
      if (drain_begins) waiting <= 1'b0;
      if (shift) begin
        draining <= !drain_ends;
        row <= row_now - 8'd1;
      end
      if (waiting && pending != 9'd0) pending <= pending - 9'd1;
      if (taken && last) begin
        waiting <= 1'b1;
        pending <= {1'b0, rows} + {1'b0, cols} - 9'd2;
        fold_rows <= rows;
      end
    end
  end

  // Entrances, skew and PEs.
  wire [(ROWS*(COLS+1))*(WORD+3)-1:0] a_wires;
  wire [((ROWS+1)*COLS)*(WORD+1)-1:0] b_wires;
  wire [((ROWS+1)*COLS)*W-1:0] drain_wires;
  genvar i, j;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : g_skew_a
      delay #(.DEPTH(i), .WIDTH(WORD + 3)) skew (
          .clk(clk),
          .in({taken && i < rows, first, last, a[i*WORD+:WORD]}),
          .out(a_wires[i*(COLS+1)*(WORD+3)+:WORD+3])
      );
    end
    for (j = 0; j < COLS; j = j + 1) begin : g_skew_b
      delay #(.DEPTH(j), .WIDTH(WORD + 1)) skew (
          .clk(clk),
          .in({taken && j < cols, b[j*WORD+:WORD]}),
          .out(b_wires[j*(WORD+1)+:WORD+1])
      );
      assign drain_wires[j*W+:W] = {W{1'b0}};
    end
    for (i = 0; i < ROWS; i = i + 1) begin : g_row
      for (j = 0; j < COLS; j = j + 1) begin : g_col
        localparam A = (i * (COLS + 1) + j) * (WORD + 3), A_OUT = A + WORD + 3;
        localparam B = (i * COLS + j) * (WORD + 1), B_OUT = ((i + 1) * COLS + j) * (WORD + 1);
        os_pe #(.LANES(LANES), .W(W), .MODE(MODE)) pe (
            .clk(clk),
            .a_valid(a_wires[A+WORD+2]), .a_first(a_wires[A+WORD+1]), .a_last(a_wires[A+WORD]), .a(a_wires[A+:WORD]),
            .b_valid(b_wires[B+WORD]), .b(b_wires[B+:WORD]),
            .a_valid_out(a_wires[A_OUT+WORD+2]), .a_first_out(a_wires[A_OUT+WORD+1]),
            .a_last_out(a_wires[A_OUT+WORD]), .a_out(a_wires[A_OUT+:WORD]),
            .b_valid_out(b_wires[B_OUT+WORD]), .b_out(b_wires[B_OUT+:WORD]),
            .shift(shift), .drain_in(drain_wires[(i*COLS+j)*W+:W]), .drain(drain_wires[((i+1)*COLS+j)*W+:W])
        );
      end
    end
  endgenerate

  // The tap: the register row of the fold's last row, from which every row leaves in turn.
  reg  [7:0] tap_held;
  wire [7:0] tap = drain_begins ? fold_rows : tap_held;
  always @(posedge clk) if (drain_begins) tap_held <= fold_rows;
  assign out = drain_wires[tap*COLS*W+:COLS*W];
endmodule
